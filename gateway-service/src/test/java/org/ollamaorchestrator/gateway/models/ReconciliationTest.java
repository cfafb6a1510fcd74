package org.ollamaorchestrator.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.models.Reconciliation.Where;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Room;

@NullMarked
class ReconciliationTest {

    private static final Instant NOW = Instant.parse("2026-11-25T20:00:00Z");
    private static final ModelName TINY = new ModelName("tiny");
    private static final AgentId HOME = new AgentId("home");
    private static final AgentId OFFICE = new AgentId("office");
    private static final Where TINY_AT_HOME = new Where(HOME, TINY);

    private final Reconciliation everywhere =
            new Reconciliation(List.of(new WantedModel("chat", TINY, Optional.empty())));

    @Test
    void what_is_missing_is_due_on_all_agents_that_miss_it_at_once() {
        assertThat(everywhere.due(fleet(agent(HOME), agent(OFFICE)), NOW))
                .containsExactly(Map.entry(TINY, List.of(HOME, OFFICE)));
        assertThat(new Reconciliation(everywhere.wanted()).due(fleet(agent(HOME, "tiny"), agent(OFFICE)), NOW))
                .containsExactly(Map.entry(TINY, List.of(OFFICE)));
    }

    @Test
    void a_label_says_which_agents() {
        var atHome = new Reconciliation(List.of(new WantedModel("chat", TINY, Optional.of(new Label("site", "home")))));

        assertThat(atHome.due(fleet(agent(HOME), agent(OFFICE)), NOW)).containsExactly(Map.entry(TINY, List.of(HOME)));
    }

    @Test
    void an_agent_that_cannot_be_asked_is_not_due() {
        FleetView away = new FleetView(
                List.of(new FleetView.Agent(agent(HOME), 0, Set.of(), false, false, Optional.of("it is draining"))));

        assertThat(everywhere.due(away, NOW)).isEmpty();
        assertThat(everywhere.due(fleet(agent(HOME)), NOW)).isNotEmpty();
    }

    @Test
    void what_was_asked_for_is_not_due_again_until_it_ended() {
        FleetView fleet = fleet(agent(HOME));
        assertThat(everywhere.due(fleet, NOW)).isNotEmpty();

        assertThat(everywhere.due(fleet, NOW.plus(Duration.ofDays(1)))).isEmpty();
    }

    @Test
    void after_each_failure_it_is_left_alone_for_longer_up_to_an_hour() {
        FleetView fleet = fleet(agent(HOME));
        Instant now = NOW;
        for (long minutes : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(everywhere.due(fleet, now)).as("%d minutes", minutes).isNotEmpty();
            everywhere.failed(TINY_AT_HOME, "no space", now);

            assertThat(everywhere.due(
                            fleet, now.plus(Duration.ofMinutes(minutes)).minusMillis(1)))
                    .as("%d minutes", minutes)
                    .isEmpty();
            now = now.plus(Duration.ofMinutes(minutes));
        }
    }

    @Test
    void a_model_that_was_there_and_is_deleted_is_due_at_once() {
        assertThat(everywhere.due(fleet(agent(HOME)), NOW)).isNotEmpty();
        everywhere.succeeded(TINY_AT_HOME, NOW);
        assertThat(everywhere.due(fleet(agent(HOME, "tiny")), NOW)).isEmpty();

        assertThat(everywhere.due(fleet(agent(HOME)), NOW)).isNotEmpty();
    }

    @Test
    void an_agent_that_never_offers_what_it_pulled_is_not_asked_in_a_loop() {
        assertThat(everywhere.due(fleet(agent(HOME)), NOW)).isNotEmpty();
        everywhere.succeeded(TINY_AT_HOME, NOW);

        assertThat(everywhere.due(fleet(agent(HOME)), NOW.plusSeconds(59))).isEmpty();
        assertThat(everywhere.due(fleet(agent(HOME)), NOW.plusSeconds(60))).isNotEmpty();
    }

    private static FleetView fleet(AgentProfile... agents) {
        return new FleetView(List.of(agents).stream()
                .map(agent -> new FleetView.Agent(agent, 0, Set.of(), false, false, Optional.empty()))
                .toList());
    }

    private static AgentProfile agent(AgentId id, String... models) {
        List<OllamaModel> catalog = List.of(models).stream()
                .map(model -> OllamaModel.named(new ModelName(model)))
                .toList();
        return new AgentProfile(
                id,
                2,
                id.value(),
                null,
                null,
                Map.of("site", id.value()),
                new AgentProfile.Catalog(
                        catalog,
                        Set.copyOf(catalog.stream().map(OllamaModel::name).toList())),
                List.of(),
                1,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }
}
