package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ollamaorchestrator.gateway.scheduling.Some.chat;
import static org.ollamaorchestrator.gateway.scheduling.Some.cold;
import static org.ollamaorchestrator.gateway.scheduling.Some.ollamaDown;
import static org.ollamaorchestrator.gateway.scheduling.Some.version1;
import static org.ollamaorchestrator.gateway.scheduling.Some.warm;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * Every state of a request and its job, by every event: each is a step that is written down here, or an impossibility that
 * throws. In brackets, what holds afterwards: slots taken, and requests waiting. The request is {@code r}, its job {@code r-1} on agent {@code a}; {@code b} is as good an agent with a free slot.
 */
@NullMarked
class CoreTableTest {

    /** The states, by what leads there. */
    private static final Map<String, Consumer<CoreDriver>> STATES = new LinkedHashMap<>();

    /** The events. Time passes with all the steps that the core asks for. */
    private static final Map<String, Function<CoreDriver, List<String>>> EVENTS = new LinkedHashMap<>();

    private static final JobFailure BUSY = new JobFailure.OllamaAnswered(503, null, "busy");

    static {
        STATES.put("unknown", CoreTableTest::twoAgents);
        STATES.put("waiting", core -> {
            twoAgents(core);
            core.arrives("x", chat("tiny"));
            core.arrives("y", chat("tiny"));
            core.arrives("r", chat("tiny"));
        });
        STATES.put("waiting for its load", core -> {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));
        });
        STATES.put("placed", CoreTableTest::placed);
        STATES.put("streaming", core -> {
            placed(core);
            core.firstLine("r-1");
        });
        STATES.put("cancelled, not confirmed", core -> {
            placed(core);
            core.leaves("r");
        });
        STATES.put("ended, slot not free", core -> {
            core.joins(version1("a", "tiny"));
            core.arrives("r", chat("tiny"));
            core.joins(warm("b", 1, "tiny"));
            core.step(ended("a", new JobEnd.Completed(), false));
        });
        STATES.put("moved", core -> {
            placed(core);
            core.passesSeconds(60);
        });
        STATES.put("placed, agent dropped", core -> {
            placed(core);
            core.drops("a");
        });
        STATES.put("streaming, agent dropped", core -> {
            placed(core);
            core.firstLine("r-1");
            core.drops("a");
        });
        STATES.put("ended", core -> {
            placed(core);
            core.completes("a", "r-1");
        });

        EVENTS.put("first line", core -> core.firstLine("r-1"));
        EVENTS.put("stalled", core -> core.step(new CoreEvent.Stalled(new JobId("r-1"))));
        EVENTS.put("completed", core -> core.step(ended("a", new JobEnd.Completed(), true)));
        EVENTS.put("completed, slot not free", core -> core.step(ended("a", new JobEnd.Completed(), false)));
        EVENTS.put("completed, says another", core -> core.step(ended("b", new JobEnd.Completed(), true)));
        EVENTS.put("busy", core -> core.step(ended("a", new JobEnd.Failed(BUSY), true)));
        EVENTS.put(
                "refused", core -> core.step(ended("a", new JobEnd.Failed(new JobFailure.AgentRefused(false)), true)));
        EVENTS.put("broken", core -> core.step(ended("a", new JobEnd.Failed(new JobFailure.OllamaBroke("eof")), true)));
        EVENTS.put("slot freed", core -> core.step(new CoreEvent.SlotFreed(new AgentId("a"), new JobId("r-1"))));
        EVENTS.put("load completed", core -> core.completes("a", "r-load-1"));
        EVENTS.put("load failed", core -> core.fails("a", "r-load-1", new JobFailure.OllamaBroke("too large")));
        EVENTS.put("client gone", core -> core.leaves("r"));
        EVENTS.put("arrives", core -> core.arrives("r", chat("tiny")));
        EVENTS.put("agent back with it", core -> core.joinsOver("2", warm("a", 1, "tiny"), "r-1"));
        EVENTS.put("agent back without it", core -> core.joinsOver("2", warm("a", 1, "tiny")));
        EVENTS.put("agent drops", core -> core.drops("a"));
        EVENTS.put("an earlier connection drops", core -> core.step(new CoreEvent.AgentDropped("0", new AgentId("a"))));
        EVENTS.put("agent leaves", core -> core.goes("a"));
        EVENTS.put("agent reports", core -> core.reports(warm("a", 1, "tiny")));
        EVENTS.put("agent's Ollama is away", core -> core.reports(ollamaDown(warm("a", 1, "tiny"))));
        EVENTS.put("operator holds agent", core -> core.step(new CoreEvent.AgentHeld(new AgentId("a"), true)));
        EVENTS.put("2 s pass", core -> core.passesSeconds(2));
        EVENTS.put("60 s pass", core -> core.passesSeconds(60));
        EVENTS.put("10 min pass", core -> core.passesSeconds(600));
        EVENTS.put("gateway drains", core -> core.step(new CoreEvent.Draining(true)));
    }

    private static final String TABLE = """
            unknown                  | first line                  | (0 taken, 0 waiting)
            unknown                  | stalled                     | (0 taken, 0 waiting)
            unknown                  | completed                   | (0 taken, 0 waiting)
            unknown                  | completed, slot not free    | (0 taken, 0 waiting)
            unknown                  | completed, says another     | (0 taken, 0 waiting)
            unknown                  | busy                        | (0 taken, 0 waiting)
            unknown                  | refused                     | (0 taken, 0 waiting)
            unknown                  | broken                      | (0 taken, 0 waiting)
            unknown                  | slot freed                  | (0 taken, 0 waiting)
            unknown                  | load completed              | (0 taken, 0 waiting)
            unknown                  | load failed                 | (0 taken, 0 waiting)
            unknown                  | client gone                 | (0 taken, 0 waiting)
            unknown                  | arrives                     | start r-1 on a (1 taken, 0 waiting)
            unknown                  | agent back with it          | cancel r-1 on a (0 taken, 0 waiting)
            unknown                  | agent back without it       | (0 taken, 0 waiting)
            unknown                  | agent drops                 | (0 taken, 0 waiting)
            unknown                  | an earlier connection drops | (0 taken, 0 waiting)
            unknown                  | agent leaves                | (0 taken, 0 waiting)
            unknown                  | agent reports               | (0 taken, 0 waiting)
            unknown                  | agent's Ollama is away      | (0 taken, 0 waiting)
            unknown                  | operator holds agent        | (0 taken, 0 waiting)
            unknown                  | 2 s pass                    | (0 taken, 0 waiting)
            unknown                  | 60 s pass                   | (0 taken, 0 waiting)
            unknown                  | 10 min pass                 | (0 taken, 0 waiting)
            unknown                  | gateway drains              | (0 taken, 0 waiting)
            waiting                  | first line                  | (2 taken, 1 waiting)
            waiting                  | stalled                     | (2 taken, 1 waiting)
            waiting                  | completed                   | (2 taken, 1 waiting)
            waiting                  | completed, slot not free    | (2 taken, 1 waiting)
            waiting                  | completed, says another     | (2 taken, 1 waiting)
            waiting                  | busy                        | (2 taken, 1 waiting)
            waiting                  | refused                     | (2 taken, 1 waiting)
            waiting                  | broken                      | (2 taken, 1 waiting)
            waiting                  | slot freed                  | (2 taken, 1 waiting)
            waiting                  | load completed              | (2 taken, 1 waiting)
            waiting                  | load failed                 | (2 taken, 1 waiting)
            waiting                  | client gone                 | end r: Cancelled (2 taken, 0 waiting)
            waiting                  | arrives                     | impossible
            waiting                  | agent back with it          | cancel r-1 on a, start r-1 on a (2 taken, 1 waiting)
            waiting                  | agent back without it       | start r-1 on a (2 taken, 1 waiting)
            waiting                  | agent drops                 | (2 taken, 1 waiting)
            waiting                  | an earlier connection drops | (2 taken, 1 waiting)
            waiting                  | agent leaves                | (1 taken, 2 waiting)
            waiting                  | agent reports               | (2 taken, 1 waiting)
            waiting                  | agent's Ollama is away      | (2 taken, 1 waiting)
            waiting                  | operator holds agent        | (2 taken, 1 waiting)
            waiting                  | 2 s pass                    | (2 taken, 1 waiting)
            waiting                  | 60 s pass                   | cancel x-1 on a, cancel y-1 on b (2 taken, 3 waiting)
            waiting                  | 10 min pass                 | cancel x-1 on a, cancel y-1 on b, end r: WaitedTooLong, end x: WaitedTooLong, end y: WaitedTooLong (2 taken, 0 waiting)
            waiting                  | gateway drains              | end r: GatewayDraining (2 taken, 0 waiting)
            waiting for its load     | first line                  | (1 taken, 1 waiting)
            waiting for its load     | stalled                     | (1 taken, 1 waiting)
            waiting for its load     | completed                   | (1 taken, 1 waiting)
            waiting for its load     | completed, slot not free    | (1 taken, 1 waiting)
            waiting for its load     | completed, says another     | (1 taken, 1 waiting)
            waiting for its load     | busy                        | (1 taken, 1 waiting)
            waiting for its load     | refused                     | (1 taken, 1 waiting)
            waiting for its load     | broken                      | (1 taken, 1 waiting)
            waiting for its load     | slot freed                  | (1 taken, 1 waiting)
            waiting for its load     | load completed              | start r-1 on a (1 taken, 0 waiting)
            waiting for its load     | load failed                 | end r: OllamaBroke (0 taken, 0 waiting)
            waiting for its load     | client gone                 | end r: Cancelled (1 taken, 0 waiting)
            waiting for its load     | arrives                     | impossible
            waiting for its load     | agent back with it          | cancel r-1 on a, end r: AgentLost (0 taken, 0 waiting)
            waiting for its load     | agent back without it       | end r: AgentLost (0 taken, 0 waiting)
            waiting for its load     | agent drops                 | (1 taken, 1 waiting)
            waiting for its load     | an earlier connection drops | (1 taken, 1 waiting)
            waiting for its load     | agent leaves                | end r: AgentLost (0 taken, 0 waiting)
            waiting for its load     | agent reports               | (1 taken, 1 waiting)
            waiting for its load     | agent's Ollama is away      | (1 taken, 1 waiting)
            waiting for its load     | operator holds agent        | end r: NoAgent (1 taken, 0 waiting)
            waiting for its load     | 2 s pass                    | (1 taken, 1 waiting)
            waiting for its load     | 60 s pass                   | cancel r-load-1 on a, end r: OllamaUnreachable (1 taken, 0 waiting)
            waiting for its load     | 10 min pass                 | cancel r-load-1 on a, end r: OllamaUnreachable (1 taken, 0 waiting)
            waiting for its load     | gateway drains              | end r: GatewayDraining (1 taken, 0 waiting)
            placed                   | first line                  | (1 taken, 0 waiting)
            placed                   | stalled                     | (1 taken, 0 waiting)
            placed                   | completed                   | end r: Completed (0 taken, 0 waiting)
            placed                   | completed, slot not free    | end r: Completed (1 taken, 0 waiting)
            placed                   | completed, says another     | (1 taken, 0 waiting)
            placed                   | busy                        | start r-2 on b (1 taken, 0 waiting)
            placed                   | refused                     | start r-2 on b (1 taken, 0 waiting)
            placed                   | broken                      | end r: OllamaBroke (0 taken, 0 waiting)
            placed                   | slot freed                  | (1 taken, 0 waiting)
            placed                   | load completed              | (1 taken, 0 waiting)
            placed                   | load failed                 | (1 taken, 0 waiting)
            placed                   | client gone                 | cancel r-1 on a, end r: Cancelled (1 taken, 0 waiting)
            placed                   | arrives                     | impossible
            placed                   | agent back with it          | resume r-1 on a (1 taken, 0 waiting)
            placed                   | agent back without it       | start r-2 on b (1 taken, 0 waiting)
            placed                   | agent drops                 | (1 taken, 0 waiting)
            placed                   | an earlier connection drops | (1 taken, 0 waiting)
            placed                   | agent leaves                | start r-2 on b (1 taken, 0 waiting)
            placed                   | agent reports               | (1 taken, 0 waiting)
            placed                   | agent's Ollama is away      | (1 taken, 0 waiting)
            placed                   | operator holds agent        | (1 taken, 0 waiting)
            placed                   | 2 s pass                    | (1 taken, 0 waiting)
            placed                   | 60 s pass                   | cancel r-1 on a, start r-2 on b (2 taken, 0 waiting)
            placed                   | 10 min pass                 | cancel r-1 on a, start r-2 on b, cancel r-2 on b, end r: Stalled (2 taken, 0 waiting)
            placed                   | gateway drains              | (1 taken, 0 waiting)
            streaming                | first line                  | (1 taken, 0 waiting)
            streaming                | stalled                     | cancel r-1 on a, end r: Stalled (1 taken, 0 waiting)
            streaming                | completed                   | end r: Completed (0 taken, 0 waiting)
            streaming                | completed, slot not free    | end r: Completed (1 taken, 0 waiting)
            streaming                | completed, says another     | (1 taken, 0 waiting)
            streaming                | busy                        | end r: OllamaAnswered (0 taken, 0 waiting)
            streaming                | refused                     | end r: AgentRefused (0 taken, 0 waiting)
            streaming                | broken                      | end r: OllamaBroke (0 taken, 0 waiting)
            streaming                | slot freed                  | (1 taken, 0 waiting)
            streaming                | load completed              | (1 taken, 0 waiting)
            streaming                | load failed                 | (1 taken, 0 waiting)
            streaming                | client gone                 | cancel r-1 on a, end r: Cancelled (1 taken, 0 waiting)
            streaming                | arrives                     | impossible
            streaming                | agent back with it          | resume r-1 on a (1 taken, 0 waiting)
            streaming                | agent back without it       | end r: AgentLost (0 taken, 0 waiting)
            streaming                | agent drops                 | (1 taken, 0 waiting)
            streaming                | an earlier connection drops | (1 taken, 0 waiting)
            streaming                | agent leaves                | end r: AgentLost (0 taken, 0 waiting)
            streaming                | agent reports               | (1 taken, 0 waiting)
            streaming                | agent's Ollama is away      | (1 taken, 0 waiting)
            streaming                | operator holds agent        | (1 taken, 0 waiting)
            streaming                | 2 s pass                    | (1 taken, 0 waiting)
            streaming                | 60 s pass                   | (1 taken, 0 waiting)
            streaming                | 10 min pass                 | (1 taken, 0 waiting)
            streaming                | gateway drains              | (1 taken, 0 waiting)
            cancelled, not confirmed | first line                  | (1 taken, 0 waiting)
            cancelled, not confirmed | stalled                     | (1 taken, 0 waiting)
            cancelled, not confirmed | completed                   | (0 taken, 0 waiting)
            cancelled, not confirmed | completed, slot not free    | (1 taken, 0 waiting)
            cancelled, not confirmed | completed, says another     | (1 taken, 0 waiting)
            cancelled, not confirmed | busy                        | (0 taken, 0 waiting)
            cancelled, not confirmed | refused                     | (0 taken, 0 waiting)
            cancelled, not confirmed | broken                      | (0 taken, 0 waiting)
            cancelled, not confirmed | slot freed                  | (0 taken, 0 waiting)
            cancelled, not confirmed | load completed              | (1 taken, 0 waiting)
            cancelled, not confirmed | load failed                 | (1 taken, 0 waiting)
            cancelled, not confirmed | client gone                 | (1 taken, 0 waiting)
            cancelled, not confirmed | arrives                     | impossible
            cancelled, not confirmed | agent back with it          | cancel r-1 on a (1 taken, 0 waiting)
            cancelled, not confirmed | agent back without it       | (0 taken, 0 waiting)
            cancelled, not confirmed | agent drops                 | (1 taken, 0 waiting)
            cancelled, not confirmed | an earlier connection drops | (1 taken, 0 waiting)
            cancelled, not confirmed | agent leaves                | (0 taken, 0 waiting)
            cancelled, not confirmed | agent reports               | (1 taken, 0 waiting)
            cancelled, not confirmed | agent's Ollama is away      | (1 taken, 0 waiting)
            cancelled, not confirmed | operator holds agent        | (1 taken, 0 waiting)
            cancelled, not confirmed | 2 s pass                    | (1 taken, 0 waiting)
            cancelled, not confirmed | 60 s pass                   | (1 taken, 0 waiting)
            cancelled, not confirmed | 10 min pass                 | (1 taken, 0 waiting)
            cancelled, not confirmed | gateway drains              | (1 taken, 0 waiting)
            ended, slot not free     | first line                  | (1 taken, 0 waiting)
            ended, slot not free     | stalled                     | (1 taken, 0 waiting)
            ended, slot not free     | completed                   | (0 taken, 0 waiting)
            ended, slot not free     | completed, slot not free    | (1 taken, 0 waiting)
            ended, slot not free     | completed, says another     | (1 taken, 0 waiting)
            ended, slot not free     | busy                        | (0 taken, 0 waiting)
            ended, slot not free     | refused                     | (0 taken, 0 waiting)
            ended, slot not free     | broken                      | (0 taken, 0 waiting)
            ended, slot not free     | slot freed                  | (0 taken, 0 waiting)
            ended, slot not free     | load completed              | (1 taken, 0 waiting)
            ended, slot not free     | load failed                 | (1 taken, 0 waiting)
            ended, slot not free     | client gone                 | (1 taken, 0 waiting)
            ended, slot not free     | arrives                     | impossible
            ended, slot not free     | agent back with it          | cancel r-1 on a (1 taken, 0 waiting)
            ended, slot not free     | agent back without it       | (0 taken, 0 waiting)
            ended, slot not free     | agent drops                 | (1 taken, 0 waiting)
            ended, slot not free     | an earlier connection drops | (1 taken, 0 waiting)
            ended, slot not free     | agent leaves                | (0 taken, 0 waiting)
            ended, slot not free     | agent reports               | (1 taken, 0 waiting)
            ended, slot not free     | agent's Ollama is away      | (1 taken, 0 waiting)
            ended, slot not free     | operator holds agent        | (1 taken, 0 waiting)
            ended, slot not free     | 2 s pass                    | (1 taken, 0 waiting)
            ended, slot not free     | 60 s pass                   | (1 taken, 0 waiting)
            ended, slot not free     | 10 min pass                 | (1 taken, 0 waiting)
            ended, slot not free     | gateway drains              | (1 taken, 0 waiting)
            moved                    | first line                  | (2 taken, 0 waiting)
            moved                    | stalled                     | (2 taken, 0 waiting)
            moved                    | completed                   | (1 taken, 0 waiting)
            moved                    | completed, slot not free    | (2 taken, 0 waiting)
            moved                    | completed, says another     | (2 taken, 0 waiting)
            moved                    | busy                        | (1 taken, 0 waiting)
            moved                    | refused                     | (1 taken, 0 waiting)
            moved                    | broken                      | (1 taken, 0 waiting)
            moved                    | slot freed                  | (1 taken, 0 waiting)
            moved                    | load completed              | (2 taken, 0 waiting)
            moved                    | load failed                 | (2 taken, 0 waiting)
            moved                    | client gone                 | cancel r-2 on b, end r: Cancelled (2 taken, 0 waiting)
            moved                    | arrives                     | impossible
            moved                    | agent back with it          | cancel r-1 on a (2 taken, 0 waiting)
            moved                    | agent back without it       | (1 taken, 0 waiting)
            moved                    | agent drops                 | (2 taken, 0 waiting)
            moved                    | an earlier connection drops | (2 taken, 0 waiting)
            moved                    | agent leaves                | (1 taken, 0 waiting)
            moved                    | agent reports               | (2 taken, 0 waiting)
            moved                    | agent's Ollama is away      | (2 taken, 0 waiting)
            moved                    | operator holds agent        | (2 taken, 0 waiting)
            moved                    | 2 s pass                    | (2 taken, 0 waiting)
            moved                    | 60 s pass                   | (2 taken, 0 waiting)
            moved                    | 10 min pass                 | cancel r-2 on b, end r: Stalled (2 taken, 0 waiting)
            moved                    | gateway drains              | (2 taken, 0 waiting)
            placed, agent dropped    | first line                  | (1 taken, 0 waiting)
            placed, agent dropped    | stalled                     | (1 taken, 0 waiting)
            placed, agent dropped    | completed                   | end r: Completed (0 taken, 0 waiting)
            placed, agent dropped    | completed, slot not free    | end r: Completed (1 taken, 0 waiting)
            placed, agent dropped    | completed, says another     | (1 taken, 0 waiting)
            placed, agent dropped    | busy                        | start r-2 on b (1 taken, 0 waiting)
            placed, agent dropped    | refused                     | start r-2 on b (1 taken, 0 waiting)
            placed, agent dropped    | broken                      | end r: OllamaBroke (0 taken, 0 waiting)
            placed, agent dropped    | slot freed                  | (1 taken, 0 waiting)
            placed, agent dropped    | load completed              | (1 taken, 0 waiting)
            placed, agent dropped    | load failed                 | (1 taken, 0 waiting)
            placed, agent dropped    | client gone                 | cancel r-1 on a, end r: Cancelled (1 taken, 0 waiting)
            placed, agent dropped    | arrives                     | impossible
            placed, agent dropped    | agent back with it          | resume r-1 on a (1 taken, 0 waiting)
            placed, agent dropped    | agent back without it       | start r-2 on b (1 taken, 0 waiting)
            placed, agent dropped    | agent drops                 | (1 taken, 0 waiting)
            placed, agent dropped    | an earlier connection drops | (1 taken, 0 waiting)
            placed, agent dropped    | agent leaves                | (1 taken, 0 waiting)
            placed, agent dropped    | agent reports               | (1 taken, 0 waiting)
            placed, agent dropped    | agent's Ollama is away      | (1 taken, 0 waiting)
            placed, agent dropped    | operator holds agent        | (1 taken, 0 waiting)
            placed, agent dropped    | 2 s pass                    | cancel r-1 on a, start r-2 on b (2 taken, 0 waiting)
            placed, agent dropped    | 60 s pass                   | cancel r-1 on a, start r-2 on b (1 taken, 0 waiting)
            placed, agent dropped    | 10 min pass                 | cancel r-1 on a, start r-2 on b, cancel r-2 on b, end r: Stalled (1 taken, 0 waiting)
            placed, agent dropped    | gateway drains              | (1 taken, 0 waiting)
            streaming, agent dropped | first line                  | (1 taken, 0 waiting)
            streaming, agent dropped | stalled                     | cancel r-1 on a, end r: Stalled (1 taken, 0 waiting)
            streaming, agent dropped | completed                   | end r: Completed (0 taken, 0 waiting)
            streaming, agent dropped | completed, slot not free    | end r: Completed (1 taken, 0 waiting)
            streaming, agent dropped | completed, says another     | (1 taken, 0 waiting)
            streaming, agent dropped | busy                        | end r: OllamaAnswered (0 taken, 0 waiting)
            streaming, agent dropped | refused                     | end r: AgentRefused (0 taken, 0 waiting)
            streaming, agent dropped | broken                      | end r: OllamaBroke (0 taken, 0 waiting)
            streaming, agent dropped | slot freed                  | (1 taken, 0 waiting)
            streaming, agent dropped | load completed              | (1 taken, 0 waiting)
            streaming, agent dropped | load failed                 | (1 taken, 0 waiting)
            streaming, agent dropped | client gone                 | cancel r-1 on a, end r: Cancelled (1 taken, 0 waiting)
            streaming, agent dropped | arrives                     | impossible
            streaming, agent dropped | agent back with it          | resume r-1 on a (1 taken, 0 waiting)
            streaming, agent dropped | agent back without it       | end r: AgentLost (0 taken, 0 waiting)
            streaming, agent dropped | agent drops                 | (1 taken, 0 waiting)
            streaming, agent dropped | an earlier connection drops | (1 taken, 0 waiting)
            streaming, agent dropped | agent leaves                | (1 taken, 0 waiting)
            streaming, agent dropped | agent reports               | (1 taken, 0 waiting)
            streaming, agent dropped | agent's Ollama is away      | (1 taken, 0 waiting)
            streaming, agent dropped | operator holds agent        | (1 taken, 0 waiting)
            streaming, agent dropped | 2 s pass                    | (1 taken, 0 waiting)
            streaming, agent dropped | 60 s pass                   | end r: AgentLost (0 taken, 0 waiting)
            streaming, agent dropped | 10 min pass                 | end r: AgentLost (0 taken, 0 waiting)
            streaming, agent dropped | gateway drains              | (1 taken, 0 waiting)
            ended                    | first line                  | (0 taken, 0 waiting)
            ended                    | stalled                     | (0 taken, 0 waiting)
            ended                    | completed                   | (0 taken, 0 waiting)
            ended                    | completed, slot not free    | (0 taken, 0 waiting)
            ended                    | completed, says another     | (0 taken, 0 waiting)
            ended                    | busy                        | (0 taken, 0 waiting)
            ended                    | refused                     | (0 taken, 0 waiting)
            ended                    | broken                      | (0 taken, 0 waiting)
            ended                    | slot freed                  | (0 taken, 0 waiting)
            ended                    | load completed              | (0 taken, 0 waiting)
            ended                    | load failed                 | (0 taken, 0 waiting)
            ended                    | client gone                 | (0 taken, 0 waiting)
            ended                    | arrives                     | start r-1 on a (1 taken, 0 waiting)
            ended                    | agent back with it          | cancel r-1 on a (0 taken, 0 waiting)
            ended                    | agent back without it       | (0 taken, 0 waiting)
            ended                    | agent drops                 | (0 taken, 0 waiting)
            ended                    | an earlier connection drops | (0 taken, 0 waiting)
            ended                    | agent leaves                | (0 taken, 0 waiting)
            ended                    | agent reports               | (0 taken, 0 waiting)
            ended                    | agent's Ollama is away      | (0 taken, 0 waiting)
            ended                    | operator holds agent        | (0 taken, 0 waiting)
            ended                    | 2 s pass                    | (0 taken, 0 waiting)
            ended                    | 60 s pass                   | (0 taken, 0 waiting)
            ended                    | 10 min pass                 | (0 taken, 0 waiting)
            ended                    | gateway drains              | (0 taken, 0 waiting)
            """;

    private static void twoAgents(CoreDriver core) {
        core.joins(warm("a", 1, "tiny"));
        core.joins(warm("b", 1, "tiny"));
    }

    private static void placed(CoreDriver core) {
        twoAgents(core);
        core.arrives("r", chat("tiny"));
    }

    private static CoreEvent ended(String agent, JobEnd end, boolean slotFree) {
        return new CoreEvent.JobEnded(new AgentId(agent), new JobId("r-1"), end, slotFree);
    }

    static Stream<Arguments> cells() {
        return STATES.keySet().stream()
                .flatMap(state -> EVENTS.keySet().stream().map(event -> Arguments.of(state, event)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void each_event_in_each_state_is_a_step_or_an_impossibility(String state, String event) {
        assertThat(outcome(state, event)).isEqualTo(table().get(state + " | " + event));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void whatever_happened_in_the_end_nothing_is_left(String state, String event) {
        var core = new CoreDriver(Some.policy());
        STATES.getOrDefault(state, none -> {}).accept(core);
        if (!"impossible".equals(outcome(state, event))) {
            happens(event, core);
        }

        List.of("x", "y", "r").forEach(core::leaves);
        core.goes("a");
        core.step(new CoreEvent.AgentLeft("2", new AgentId("a"), Optional.empty()));
        core.goes("b");
        core.passes(Some.policy().resumeWindow());

        assertThat(core.core().books().areEmpty())
                .as(core.core().books().toString())
                .isTrue();
    }

    private static String outcome(String state, String event) {
        var core = new CoreDriver(Some.policy());
        STATES.getOrDefault(state, none -> {}).accept(core);
        try {
            List<String> effects = happens(event, core);
            Books then = core.core().books();
            return "%s (%d taken, %d waiting)"
                    .formatted(String.join(", ", effects), then.slotsTaken(), then.waiting())
                    .strip();
        } catch (IllegalStateException e) {
            return "impossible";
        }
    }

    private static Map<String, String> table() {
        return TABLE.lines()
                .map(line -> line.split("\\|", -1))
                .collect(Collectors.toMap(
                        cells -> cells[0].strip() + " | " + cells[1].strip(), cells -> cells[2].strip()));
    }

    @CanIgnoreReturnValue
    private static List<String> happens(String event, CoreDriver core) {
        return EVENTS.getOrDefault(event, none -> List.of()).apply(core);
    }

    /** Writes the table as it would be now, to be reviewed. */
    static void main() {
        for (String state : STATES.keySet()) {
            for (String event : EVENTS.keySet()) {
                System.out.println("%-25s| %-28s| %s"
                        .formatted(state, event, outcome(state, event))
                        .stripTrailing());
            }
        }
    }
}
