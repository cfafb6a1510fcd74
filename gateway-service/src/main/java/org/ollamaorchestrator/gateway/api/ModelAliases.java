package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
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

    @Inject
    ModelAliases(GatewayConfig config) {
        this(config.aliases(), config.cloudModels(), config.limits().numPredict());
    }

    /** @param cloudModels whether models of Ollama's cloud may be used */
    public ModelAliases(Map<String, GatewayConfig.Alias> aliases, boolean cloudModels) {
        this(aliases, cloudModels, OptionalInt.empty());
    }

    /** @param answerTokensMax the most tokens that an answer may have */
    public ModelAliases(Map<String, GatewayConfig.Alias> aliases, boolean cloudModels, OptionalInt answerTokensMax) {
        this.answerTokensMax = answerTokensMax;
        this.aliases = Map.copyOf(aliases);
        this.cloudModels = cloudModels;
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
        if (answerTokensMax.isEmpty()) {
            return;
        }
        int max = answerTokensMax.getAsInt();
        ObjectNode options =
                ollamaRequest.path("options") instanceof ObjectNode own ? own : ollamaRequest.putObject("options");
        JsonNode asked = options.path(ANSWER_TOKENS);
        if (asked.isNumber() && asked.asLong() > max) {
            throw ClientErrorException.badField(
                    "options.num_predict", "(the most tokens of the answer) is more than " + max + ", the most here");
        }
        if (!asked.isNumber() || asked.asLong() < 0) {
            options.put(ANSWER_TOKENS, max);
        }
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
