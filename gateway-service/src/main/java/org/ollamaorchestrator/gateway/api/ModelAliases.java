package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/** Which model a client's name stands for, with the options its owner wants by default; and which nobody may use. */
@Singleton
public class ModelAliases {

    /** Errors, the log and the ledger repeat the name. */
    private static final int NAME_CHARS_MAX = 512;

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String ANSWER_TOKENS = "num_predict";

    private final Map<String, GatewayConfig.Alias> aliases;
    private final boolean cloudModels;
    private final OptionalInt answerTokensMax;
    private final OptionalInt answerTokensDefault;
    private final int answerTokensOfBudget;

    @Inject
    ModelAliases(GatewayConfig config) {
        this(
                config.aliases(),
                config.cloudModels(),
                config.limits().numPredict(),
                config.limits().numPredict(),
                config.limits().budgetedNumPredict());
    }

    /** @param cloudModels whether models of Ollama's cloud may be used */
    public ModelAliases(Map<String, GatewayConfig.Alias> aliases, boolean cloudModels) {
        this(aliases, cloudModels, OptionalInt.empty(), OptionalInt.empty(), Integer.MAX_VALUE);
    }

    /**
     * @param answerTokensMax the most tokens that an answer may have
     * @param answerTokensDefault those of an answer whose request leaves its length open
     * @param answerTokensOfBudget the same for keys with a day's budget
     */
    ModelAliases(
            Map<String, GatewayConfig.Alias> aliases,
            boolean cloudModels,
            OptionalInt answerTokensMax,
            OptionalInt answerTokensDefault,
            int answerTokensOfBudget) {
        this.answerTokensMax = answerTokensMax;
        this.answerTokensDefault = answerTokensDefault;
        this.answerTokensOfBudget = answerTokensOfBudget;
        this.aliases = Map.copyOf(aliases);
        this.cloudModels = cloudModels;
    }

    /** The same for whoever asks here: a key with a day's budget gets no answer without a bound, which could use all of it. */
    public ModelAliases of(RoutingContext context) {
        return Callers.of(context)
                        .filter(key -> key.limits().tokensPerDay() > 0)
                        .isPresent()
                ? budgeted()
                : this;
    }

    ModelAliases budgeted() {
        int bound = Math.min(answerTokensOfBudget, answerTokensMax.orElse(answerTokensOfBudget));
        return new ModelAliases(aliases, cloudModels, answerTokensMax, OptionalInt.of(bound), answerTokensOfBudget);
    }

    /**
     * Puts the model's real name into Ollama's request, and the alias's options where the request has none of its own.
     *
     * @return the model as Ollama knows it
     * @throws ClientErrorException 400 for a name that is too long; 403 for a model of Ollama's cloud, unless those are allowed
     */
    public ModelName apply(String requested, ObjectNode ollamaRequest) {
        if (requested.length() > NAME_CHARS_MAX) {
            throw ClientErrorException.badField("model", "has more than " + NAME_CHARS_MAX + " characters");
        }
        GatewayConfig.Alias alias = aliases.get(requested);
        String model = alias == null ? requested : alias.model();
        ModelName name = new ModelName(model);
        if (!cloudModels && name.isOfTheCloud()) {
            throw ClientErrorException.forbidden(
                    "models of Ollama's cloud leave your machines: this gateway does not use them");
        }
        ollamaRequest.put("model", model);
        if (alias != null && !alias.options().isEmpty()) {
            ObjectNode options =
                    ollamaRequest.path("options") instanceof ObjectNode own ? own : ollamaRequest.putObject("options");
            alias.options().forEach((option, value) -> {
                if (!options.has(option)) {
                    options.set(option, scalar(value));
                }
            });
        }
        cap(ollamaRequest);
        return name;
    }

    /** An answer without a bound of its own has the owner's; one with a greater bound is refused, not cut in secret. */
    private void cap(ObjectNode ollamaRequest) {
        if (answerTokensDefault.isEmpty()) {
            return;
        }
        ObjectNode options =
                ollamaRequest.path("options") instanceof ObjectNode own ? own : ollamaRequest.putObject("options");
        JsonNode asked = options.path(ANSWER_TOKENS);
        if (isOpen(asked)) {
            options.put(ANSWER_TOKENS, answerTokensDefault.getAsInt());
        } else if (answerTokensMax.isPresent() && isMore(asked, answerTokensMax.getAsInt())) {
            throw ClientErrorException.badField(
                    "options.num_predict",
                    "(the most tokens of the answer) is more than " + answerTokensMax.getAsInt() + ", the most here");
        }
    }

    /** Ollama takes 0, too, for an answer as long as it likes. */
    private static boolean isOpen(JsonNode answerTokens) {
        return !answerTokens.isNumber() || answerTokens.decimalValue().compareTo(BigDecimal.ONE) < 0;
    }

    /** However many digits it has. */
    private static boolean isMore(JsonNode number, int max) {
        return number.decimalValue().compareTo(BigDecimal.valueOf(max)) > 0;
    }

    /**
     * The aliases whose model is one of these, in the order of their names.
     *
     * @return each alias with the model it stands for
     */
    public SortedMap<String, OllamaModel> standingFor(Collection<OllamaModel> models) {
        var byAlias = new TreeMap<String, OllamaModel>();
        aliases.forEach((name, alias) -> models.stream()
                .filter(model -> model.name().equals(new ModelName(alias.model())))
                .findFirst()
                .ifPresent(model -> byAlias.put(name, model)));
        return byAlias;
    }

    private static JsonNode scalar(String value) {
        try {
            return JSON.readTree(value);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(value);
        }
    }
}
