package org.ollamaorchestrator.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class ConnectionCountsTest {

    private final ConnectionCounts counts = new ConnectionCounts(5, 2);

    private boolean enters(String address) {
        return counts.enter(InetAddress.ofLiteral(address), false);
    }

    private void leaves(String address) {
        counts.leave(InetAddress.ofLiteral(address));
    }

    @Test
    void one_address_has_its_bound_and_takes_nothing_from_others() {
        assertThat(enters("192.0.2.1")).isTrue();
        assertThat(enters("192.0.2.1")).isTrue();
        assertThat(enters("192.0.2.1")).isFalse();
        assertThat(enters("192.0.2.2")).isTrue();
    }

    @Test
    void all_together_have_a_bound_too() {
        for (int i = 1; i <= 5; i++) {
            assertThat(enters("192.0.2." + i)).isTrue();
        }
        assertThat(enters("192.0.2.6")).isFalse();

        leaves("192.0.2.3");

        assertThat(enters("192.0.2.6")).isTrue();
        assertThat(enters("192.0.2.7")).isFalse();
    }

    @Test
    void who_was_refused_does_not_count() {
        assertThat(enters("192.0.2.1")).isTrue();
        assertThat(enters("192.0.2.1")).isTrue();
        assertThat(enters("192.0.2.1")).isFalse();

        leaves("192.0.2.1");

        assertThat(enters("192.0.2.1")).isTrue();
    }

    @Test
    void a_network_of_ipv6_is_one_address() {
        assertThat(enters("2001:db8:0:1::1")).isTrue();
        assertThat(enters("2001:db8:0:1:ffff::2")).isTrue();
        assertThat(enters("2001:db8:0:1::3")).isFalse();
        assertThat(enters("2001:db8:0:2::1")).isTrue();
    }

    @Test
    void behind_a_trusted_proxy_only_the_bound_on_all_holds() {
        InetAddress proxy = InetAddress.ofLiteral("10.0.0.1");
        for (int i = 0; i < 5; i++) {
            assertThat(counts.enter(proxy, true)).isTrue();
        }
        assertThat(counts.enter(proxy, true)).isFalse();
    }
}
