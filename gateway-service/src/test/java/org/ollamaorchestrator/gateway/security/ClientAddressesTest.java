package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class ClientAddressesTest {

    private static final ClientAddresses TWO_PROXIES = new ClientAddresses(List.of("10.0.0.0/8", "2001:db8::/32"));

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            203.0.113.9 |                                     | 203.0.113.9  | nobody forwarded it
            203.0.113.9 | 1.2.3.4                             | 203.0.113.9  | whoever is not trusted can write anything
            10.0.0.1    | 198.51.100.7                        | 198.51.100.7 | a trusted proxy tells who called it
            10.0.0.1    | 1.2.3.4, 198.51.100.7               | 198.51.100.7 | what a client writes itself stands before
            10.0.0.1    | 127.0.0.1, 198.51.100.7             | 198.51.100.7 | and does not make it a local one
            10.0.0.1    | 1.2.3.4, 198.51.100.7, 10.9.9.9     | 198.51.100.7 | two proxies in a row
            2001:db8::1 | 198.51.100.7                        | 198.51.100.7 | a proxy of IPv6
            10.0.0.1    | 198.51.100.7:5123                   | 198.51.100.7 | some proxies add the port
            10.0.0.1    | [2001:db9::5]:443                   | 2001:db9::5  | of IPv6 too
            10.0.0.1    | unknown                             | 10.0.0.1     | no address is no address
            10.0.0.1    | 1.2.3.4, evil.example.com           | 10.0.0.1     | a name is never looked up
            10.0.0.1    | 10.0.0.2, 10.0.0.3                  | 10.0.0.2     | all of them are proxies
            """)
    void the_address_is_the_last_one_that_no_trusted_proxy_has(
            String peer, String forwardedFor, String client, String why) {
        List<String> headers = forwardedFor == null ? List.of() : List.of(forwardedFor);

        assertThat(TWO_PROXIES.of(address(peer), headers)).as(why).isEqualTo(address(client));
    }

    @Test
    void several_headers_are_one_list() {
        assertThat(TWO_PROXIES.of(address("10.0.0.1"), List.of("1.2.3.4", "198.51.100.7, 10.0.0.9")))
                .isEqualTo(address("198.51.100.7"));
    }

    @Test
    void without_trusted_proxies_no_header_counts() {
        assertThat(new ClientAddresses(List.of()).of(address("127.0.0.1"), List.of("1.2.3.4")))
                .isEqualTo(address("127.0.0.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy.example.com", "10.0.0.0/33", "10.0.0.0/x", "", "/8"})
    void what_is_no_network_is_told_at_the_start(String network) {
        assertThatThrownBy(() -> new ClientAddresses(List.of(network)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("orchestrator.trusted-proxies");
    }
}
