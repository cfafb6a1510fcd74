package org.ollamaorchestrator.gateway.security;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** What an agent is called by its certificate: the common name of its subject or, without one, its first DNS name. */
final class CertificateName {

    private static final String COMMON_NAME = "CN";

    /** The kind of an alternative name, of RFC 5280's, that is a DNS name. */
    private static final int DNS_NAME = 2;

    /** What names of tokens look like, too. */
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private CertificateName() {}

    /** Empty if it has no name, or one that an agent cannot have. */
    static Optional<String> of(X509Certificate certificate) {
        return commonName(certificate.getSubjectX500Principal().getName())
                .or(() -> dnsName(certificate))
                .filter(name -> FORM.matcher(name).matches());
    }

    private static Optional<String> commonName(String subject) {
        try {
            // The most specific part comes last.
            return new LdapName(subject)
                    .getRdns().reversed().stream()
                            .filter(part -> part.getType().equalsIgnoreCase(COMMON_NAME))
                            .map(Rdn::getValue)
                            .map(String::valueOf)
                            .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> dnsName(X509Certificate certificate) {
        try {
            @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? Optional.empty()
                    : names.stream()
                            .filter(name -> Integer.valueOf(DNS_NAME).equals(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .findFirst();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }
}
