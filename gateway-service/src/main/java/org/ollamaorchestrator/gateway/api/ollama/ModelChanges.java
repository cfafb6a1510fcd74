package org.ollamaorchestrator.gateway.api.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.stream.ClientConnection;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.models.MergedProgress;
import org.ollamaorchestrator.gateway.models.ModelAction;
import org.ollamaorchestrator.gateway.models.ModelOperation;
import org.ollamaorchestrator.gateway.models.ModelOperations;
import org.ollamaorchestrator.protocol.JobFailure;

/** Runs changes of models for clients that wait for them, as at an Ollama: whoever leaves ends what he asked for. */
@Singleton
public class ModelChanges {

    private static final int OK = 200;
    private static final int FAILED = 500;
    private static final String LINES = "application/x-ndjson";
    private static final String JSON = "application/json; charset=utf-8";

    private final ModelOperations operations;

    ModelChanges(ModelOperations operations) {
        this.operations = operations;
    }

    /** A change that has begun, and how its client wants to hear of it. */
    private record Begun(ModelChange change, ModelOperation operation) {}

    /** @return fails with {@link JobFailedException} if there is nobody to do it */
    RestMulti<byte[]> run(Uni<ModelChange> asked, String by, RoutingContext context) {
        ClientConnection client = ClientConnection.of(context, OllamaErrors.DIALECT);
        return RestMulti.fromUniResponse(
                asked.flatMap(change -> operations
                        .start(change.order(), change.choice(), by)
                        .map(operation -> new Begun(change, operation))),
                begun -> told(begun, by, client),
                ModelChanges::headers,
                begun -> OK);
    }

    private static Map<String, List<String>> headers(Begun begun) {
        if (begun.change().streaming()) {
            return Map.of("Content-Type", List.of(LINES));
        }
        return answersNothing(begun) ? Map.of() : Map.of("Content-Type", List.of(JSON));
    }

    /** Ollama has nothing to say of these but their status. */
    private static boolean answersNothing(Begun begun) {
        ModelAction action = begun.change().order().action();
        return action == ModelAction.DELETE || action == ModelAction.COPY;
    }

    private Multi<byte[]> told(Begun begun, String by, ClientConnection client) {
        if (client.isClosed()) {
            // Who left while it began will not be told so again.
            cancel(begun, by);
            return Multi.createFrom().empty();
        }
        Multi<ModelOperation> moments = operations
                .watch(begun.operation().id())
                .emitOn(client::onEventLoop)
                .onCancellation()
                .invoke(() -> cancel(begun, by));
        return begun.change().streaming() ? inLines(moments) : inOnePiece(begun, moments);
    }

    private void cancel(Begun begun, String by) {
        var _ = operations.cancel(begun.operation().id(), by);
    }

    private static Multi<byte[]> inLines(Multi<ModelOperation> moments) {
        var progress = new MergedProgress();
        return moments.map(progress::linesAt)
                .select()
                .where(lines -> !lines.isEmpty())
                .map(lines -> lines.stream().map(line -> line + "\n").collect(Collectors.joining()))
                .map(text -> text.getBytes(UTF_8));
    }

    private static Multi<byte[]> inOnePiece(Begun begun, Multi<ModelOperation> moments) {
        return moments.collect()
                .last()
                .map(ended -> {
                    if (ended.state() != ModelOperation.State.DONE) {
                        throw new JobFailedException(failureOf(ended));
                    }
                    return answersNothing(begun) ? new byte[0] : "{\"status\":\"success\"}".getBytes(UTF_8);
                })
                .toMulti();
    }

    private static JobFailure failureOf(ModelOperation ended) {
        return ended.onlyFailure()
                .orElseGet(() -> new JobFailure.OllamaAnswered(
                        FAILED,
                        JSON,
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("error", ended.problem())
                                .toString()));
    }
}
