package org.ollamaorchestrator.agent;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;

/** The agent as a process. What can be said without starting is said at once. */
@QuarkusMain
public final class AgentMain {

    static final String HELP = """
            The agent beside one Ollama: it connects to the gateway and runs its jobs.

              --version   what this is
              --help      this text

            Everything else is environment variables, or the same keys as -Dkey=value before -jar,
            or in config/application.properties beside where it is started:

              SERVER_WS_URL                orchestrator.gateway.url    the gateway; default ws://localhost:8081
              OLLAMA_URL                   orchestrator.ollama.url     Ollama; default http://localhost:11434
              MODELS                       orchestrator.models         only these, separated by commas; default all
              ORCHESTRATOR_SLOTS           orchestrator.slots          jobs at once; default OLLAMA_NUM_PARALLEL, or 1
              ORCHESTRATOR_TOKEN           orchestrator.token          the agent's token for the gateway
              ORCHESTRATOR_ENROLMENT_TOKEN orchestrator.enrolment-token  exchanged once for a token of its own
              ORCHESTRATOR_OPERATIONS      orchestrator.operations     what a gateway may ask for; default all it knows
              ORCHESTRATOR_NAME            orchestrator.name           for people; default the host's name
              ORCHESTRATOR_LABELS_<KEY>    orchestrator.labels.<key>   whatever the agent is to be told by
              ORCHESTRATOR_AGENT_ID        orchestrator.agent-id       its identity; default a new one per process
              ORCHESTRATOR_STATE_DIR       orchestrator.state-dir      where it keeps its identity; default nowhere
              ORCHESTRATOR_RECONNECT_MAX   orchestrator.reconnect.max  longest wait between attempts; default 5s
              ORCHESTRATOR_OLLAMA_POLL     orchestrator.ollama.poll    how often Ollama is asked; default 5s
              OLLAMA_MODELS                orchestrator.ollama.models-dir  whose disk is shown; default the usual places
              ORCHESTRATOR_VRAM            orchestrator.vram           what there is for models; default what the GPUs say
              ORCHESTRATOR_DRAIN_TIMEOUT   orchestrator.drain-timeout  for running jobs when stopped; default 30s
              AGENT_PORT                   quarkus.http.port           health on loopback, /q/health; default 3001
              AGENT_MANAGEMENT_PORT        quarkus.management.port     the operator's /drain on loopback; default 9001
              HTTPS_PROXY, HTTP_PROXY, NO_PROXY                        on the way to the gateway, never to Ollama
            """;

    private AgentMain() {}

    public static void main(String... arguments) {
        switch (List.of(arguments)) {
            case List<String> none when none.isEmpty() -> Quarkus.run(arguments);
            case List<String> one when one.equals(List.of("--version")) -> System.out.println(AgentVersion.current());
            case List<String> one when one.equals(List.of("--help")) -> System.out.print(HELP);
            case List<String> other -> {
                System.err.println("unknown argument: " + other.getFirst() + " (--help lists what there is)");
                System.exit(2);
            }
        }
    }
}
