package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A private certificate authority, made by the JDK's keytool, and what it has signed. */
final class Authority {
    static final String PASSWORD = "only-for-tests";

    private final Path folder = AdministeredGateway.freshFolder("authority");
    private final Path store = folder.resolve("authority.p12");
    private final Path certificate = folder.resolve("authority.pem");
    private int issued;

    Authority(String name) {
        pair(store, "CN=" + name, "-ext", "bc:critical=ca:true");
        keytool("-exportcert", "-rfc", "-keystore", store.toString(), "-file", certificate.toString());
    }

    /** Its own certificate, which whoever trusts it is given, in PEM. */
    Path certificate() {
        return certificate;
    }

    /** A key and a certificate for these names, such as {@code ip:127.0.0.1} and {@code dns:localhost}, in PKCS12. */
    Path issue(String commonName, String... alternativeNames) {
        issued++;
        Path own = folder.resolve(issued + ".p12");
        Path request = folder.resolve(issued + ".csr");
        Path signed = folder.resolve(issued + ".pem");
        pair(own, "CN=" + commonName);
        keytool("-certreq", "-keystore", own.toString(), "-file", request.toString());
        List<String> signing = new ArrayList<>(List.of(
                "-gencert",
                "-rfc",
                "-keystore",
                store.toString(),
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-validity",
                "2"));
        if (alternativeNames.length > 0) {
            signing.addAll(List.of("-ext", "san=" + String.join(",", alternativeNames)));
        }
        keytool(signing.toArray(String[]::new));
        keytool(
                "-importcert",
                "-noprompt",
                "-trustcacerts",
                "-alias",
                "authority",
                "-keystore",
                own.toString(),
                "-file",
                certificate.toString());
        keytool("-importcert", "-noprompt", "-keystore", own.toString(), "-file", signed.toString());
        return own;
    }

    /** Puts one file in the place of another, as whoever renews certificates does. */
    static void replace(Path file, Path by) {
        try {
            Path beside = file.resolveSibling(file.getFileName() + ".new");
            Files.copy(by, beside, StandardCopyOption.REPLACE_EXISTING);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What keytool says of the certificate that a port serves. */
    static String servedAt(int port) {
        return Tool.run(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-J-Duser.language=en",
                        "-printcert",
                        "-sslserver",
                        "127.0.0.1:" + port))
                .said();
    }

    private static void pair(Path keystore, String subject, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-keystore",
                keystore.toString(),
                "-dname",
                subject,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2"));
        arguments.addAll(List.of(more));
        keytool(arguments.toArray(String[]::new));
    }

    private static void keytool(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        if (!List.of(arguments).contains("-alias")) {
            command.addAll(List.of("-alias", "own"));
        }
        command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
        Tool.Verdict verdict = Tool.run(command);
        assertThat(verdict.isGood()).as("%s", verdict).isTrue();
    }
}
