package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ollamaorchestrator.gateway.GatewayConfig;

/** A request's body as one JSON object. Large ones are parsed and translated off the event loop. */
@Singleton
public class JsonBody {

    private static final int LARGE_BYTES = 256 * 1024;

    /** Of values, names and brackets: a few megabytes of empty objects would take a hundred times their size in memory. */
    private static final int TOKENS_MAX = 1_000_000;

    private final Vertx vertx;
    private final RequestBody bodies;
    private final ObjectMapper json;

    JsonBody(Vertx vertx, RequestBody bodies, GatewayConfig config) {
        this.vertx = vertx;
        this.bodies = bodies;
        int stringMax =
                (int) Math.min(Integer.MAX_VALUE, config.clients().bodyMax().asLongValue());
        this.json = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxStringLength(stringMax)
                                .maxTokenCount(TOKENS_MAX)
                                .build())
                        .build())
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
    }

    /**
     * Reads and translates the body.
     *
     * @param translate throws {@link ClientErrorException} for what it cannot take
     * @return fails with {@link ClientErrorException} if the body is not one JSON object
     */
    public <T> Uni<T> of(RoutingContext context, Function<ObjectNode, T> translate) {
        return bodies.read(context).onItem().transformToUni(body -> translated(body, translate));
    }

    private <T> Uni<T> translated(Buffer body, Function<ObjectNode, T> translate) {
        if (body.length() == 0) {
            return Uni.createFrom()
                    .failure(ClientErrorException.badRequest("the request has no body; send a JSON object"));
        }
        return worked(body.length(), () -> translate.apply(read(body)));
    }

    /**
     * Runs work that takes longer the larger a request is: at once, or off the event loop for a large one.
     *
     * @param bytes of the request, about
     */
    public <T> Uni<T> worked(int bytes, Supplier<T> work) {
        if (bytes <= LARGE_BYTES) {
            return Uni.createFrom().item(work);
        }
        return Uni.createFrom()
                .completionStage(() -> vertx.executeBlocking(work::get, false).toCompletionStage());
    }

    private ObjectNode read(Buffer body) {
        JsonNode node;
        try {
            node = json.readTree(body.getBytes());
        } catch (StreamConstraintsException e) {
            throw ClientErrorException.badRequest("the body has more than " + TOKENS_MAX
                    + " values, is nested too deeply, or has a number or a name that is too long");
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw ClientErrorException.badRequest(
                    at == null
                            ? "the body is not valid JSON"
                            : "the body is not valid JSON: line %d, column %d"
                                    .formatted(at.getLineNr(), at.getColumnNr()));
        } catch (NumberFormatException e) {
            // Of an exponent of absurd length, which Jackson does not tell as an error of its own.
            throw ClientErrorException.badRequest("the body has a number that is out of all range");
        } catch (IOException e) {
            throw ClientErrorException.badRequest("the body cannot be read");
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw ClientErrorException.badRequest("the body is not a JSON object");
    }
}
