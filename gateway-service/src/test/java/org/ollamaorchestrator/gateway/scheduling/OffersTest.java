package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ollamaorchestrator.gateway.scheduling.Some.cold;
import static org.ollamaorchestrator.gateway.scheduling.Some.draining;
import static org.ollamaorchestrator.gateway.scheduling.Some.ollamaDown;
import static org.ollamaorchestrator.gateway.scheduling.Some.version1;
import static org.ollamaorchestrator.gateway.scheduling.Some.warm;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;

@NullMarked
class OffersTest {

    private static final ModelName TINY = new ModelName("tiny");
    private static final ModelName OTHER = new ModelName("other");

    private final Step step = new Step();
    private final Fleet fleet = new Fleet(step, new Alarms());

    @Test
    void an_agent_is_found_by_what_it_offers_however_that_is_written() {
        AgentState a = joins(warm("a", 1, "tiny"));
        joins(warm("b", 1, "other"));

        assertThat(fleet.offering(new ModelName("tiny:latest")).all()).containsExactly(a);
    }

    @Test
    void who_takes_any_model_is_found_by_each_in_the_order_of_joining() {
        AgentState a = joins(warm("a", 1, "tiny"));
        AgentState any = joins(Some.anyModel("any"));
        AgentState b = joins(warm("b", 1, "tiny", "other"));

        assertThat(fleet.offering(TINY).all()).containsExactly(a, any, b);
        assertThat(fleet.offering(OTHER).all()).containsExactly(any, b);
        assertThat(fleet.offering(new ModelName("nobodys")).all()).containsExactly(any);
    }

    @Test
    void a_model_that_is_offered_no_more_is_not_remembered() {
        AgentState a = joins(warm("a", 1, "tiny"));

        reports(a, warm("a", 1, "other"));

        assertThat(fleet.offering(TINY).all()).isEmpty();
        assertThat(fleet.offering(OTHER).all()).containsExactly(a);
    }

    @Test
    void who_drains_or_has_lost_its_ollama_is_there_and_not_usable() {
        AgentState a = joins(warm("a", 1, "tiny"));
        AgentState b = joins(warm("b", 1, "tiny"));

        reports(a, draining(a.profile()));
        reports(b, ollamaDown(b.profile()));

        assertThat(fleet.offering(TINY).all()).containsExactly(a, b);
        assertThat(fleet.offering(TINY).usable()).isEmpty();
    }

    @Test
    void who_has_no_slot_left_is_usable_and_comes_back_with_its_slot() {
        AgentState a = joins(warm("a", 1, "tiny"));
        a.take(new JobId("j"), TINY);
        assertThat(fleet.offering(TINY).withSlotLeft()).isEmpty();
        assertThat(fleet.offering(TINY).usable()).containsExactly(a);

        a.release(new JobId("j"), Instant.EPOCH);

        assertThat(fleet.offering(TINY).withSlotLeft()).containsExactly(a);
    }

    @Test
    void who_is_gone_does_not_come_back_as_its_jobs_end() {
        AgentState a = joins(warm("a", 1, "tiny"));
        a.take(new JobId("j"), TINY);

        fleet.remove(a);
        a.release(new JobId("j"), Instant.EPOCH);

        assertThat(fleet.offering(TINY).all()).isEmpty();
        assertThat(fleet.isInOrder()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatever_agents_do_each_is_where_it_belongs(long seed) {
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            String id = "agent-" + random.nextInt(5);
            AgentProfile profile = someProfile(id, random);
            AgentState agent = fleet.find(new AgentId(id)).orElseGet(() -> joins(profile));
            var job = new JobId("j" + random.nextInt(3));
            switch (random.nextInt(7)) {
                case 0 -> reports(agent, profile);
                case 1 -> agent.take(job, TINY);
                case 2 -> agent.release(job, Instant.EPOCH);
                case 3 -> agent.dropped();
                case 4 -> agent.cameBack("2");
                case 5 -> agent.lostTrackOf();
                default -> fleet.remove(agent);
            }
            assertThat(fleet.isInOrder()).as("seed " + seed + ", step " + i).isTrue();
        }
    }

    private static AgentProfile someProfile(String id, SplittableRandom random) {
        List<AgentProfile> all = List.of(
                warm(id, 2, "tiny"),
                cold(id, 1, "tiny", "other"),
                draining(warm(id, 1, "other")),
                version1(id, "other"),
                Some.anyModel(id));
        return all.get(random.nextInt(all.size()));
    }

    @CanIgnoreReturnValue
    private AgentState joins(AgentProfile profile) {
        step.begin(Instant.EPOCH);
        return fleet.joined(new CoreEvent.AgentJoined("1", profile, Set.of()));
    }

    private void reports(AgentState agent, AgentProfile profile) {
        fleet.reported(agent, new CoreEvent.AgentChanged(profile));
    }
}
