package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

@SystemTest
class PortsIT {
    private static final int UPGRADED = 101;
    private static final int FORBIDDEN = 403;
    private static final Map<String, String> NOTHING_MORE = Map.of();
    private static final Map<String, String> FROM_A_WEB_PAGE = Map.of("Origin", "https://example.org");

    @AutoClose
    private final Gateway gateway = Gateway.start();

    @Test
    void the_agents_port_has_nothing_but_the_agents_endpoint() {
        assertThat(Http.get(gateway.agentsPort(), "/").status()).isEqualTo(404);
        assertThat(Http.get(gateway.agentsPort(), "/agents").status()).isEqualTo(404);
        assertThat(Http.get(gateway.agentsPort(), "/api/agents/status").status())
                .isEqualTo(404);
        assertThat(Http.get(gateway.agentsPort(), "/q/health").status()).isEqualTo(404);
        assertThat(Http.post(gateway.agentsPort(), SeedClient.PATH, "{}").status())
                .isEqualTo(404);
    }

    @Test
    void agents_connect_at_the_root_and_at_agents_of_their_own_port() {
        assertThat(RawAgent.upgradeStatus(gateway.agentsPort(), "/", NOTHING_MORE))
                .isEqualTo(UPGRADED);
        assertThat(RawAgent.upgradeStatus(gateway.agentsPort(), "/agents", NOTHING_MORE))
                .isEqualTo(UPGRADED);
        assertThat(RawAgent.upgradeStatus(gateway.agentsPort(), "/api/agents", NOTHING_MORE))
                .isEqualTo(404);
    }

    @Test
    void on_the_main_port_agents_connect_at_agents_alone() {
        assertThat(RawAgent.upgradeStatus(gateway.port(), "/agents", NOTHING_MORE))
                .isEqualTo(UPGRADED);
        assertThat(RawAgent.upgradeStatus(gateway.port(), "/", NOTHING_MORE)).isNotEqualTo(UPGRADED);
    }

    @Test
    void a_web_page_may_not_pose_as_an_agent() {
        assertThat(RawAgent.upgradeStatus(gateway.agentsPort(), "/", FROM_A_WEB_PAGE))
                .isEqualTo(FORBIDDEN);
        assertThat(RawAgent.upgradeStatus(gateway.agentsPort(), "/agents", FROM_A_WEB_PAGE))
                .isEqualTo(FORBIDDEN);
        assertThat(RawAgent.upgradeStatus(gateway.port(), "/agents", FROM_A_WEB_PAGE))
                .isEqualTo(FORBIDDEN);
    }
}
