package org.ollamaorchestrator.gateway.api.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.security.ApiKey;

/** A new key as an administrator asks for it. A field that is not known could be a limit that was misspelt: refused. */
final class KeyRequest {

    private static final Set<String> FIELDS = Set.of(
            "name",
            "admin",
            "models",
            "requestsPerMinute",
            "tokensPerMinute",
            "tokensPerDay",
            "concurrent",
            "weight",
            "priority",
            "waitingMax",
            "expires");

    private static final int MODEL_CHARACTERS_MAX = 512;
    private static final int MODELS_MAX = 1000;
    private static final int WEIGHT_MAX = 1000;
    private static final int WAITING_MAX = 100;

    private final RequestObject request;

    private KeyRequest(RequestObject request) {
        this.request = request;
    }

    /** @throws ClientErrorException naming the field at fault */
    static ApiKey of(ObjectNode body) {
        body.fieldNames().forEachRemaining(field -> {
            if (!FIELDS.contains(field)) {
                throw ClientErrorException.badField(field, "is not known");
            }
        });
        return new KeyRequest(RequestObject.of(body)).key();
    }

    private ApiKey key() {
        return new ApiKey(
                name(),
                request.isTrue("admin"),
                models(),
                new ApiKey.Limits(
                        integer("requestsPerMinute", 0, 0, Integer.MAX_VALUE),
                        number("tokensPerMinute"),
                        integer("concurrent", 0, 0, Integer.MAX_VALUE),
                        number("tokensPerDay")),
                integer("weight", 1, 1, WEIGHT_MAX),
                priority(),
                integer("waitingMax", WAITING_MAX, 0, Integer.MAX_VALUE),
                expires());
    }

    private String name() {
        String name = request.requiredText("name");
        if (!ApiKey.isName(name)) {
            throw request.wrong("name", "has to be " + ApiKey.NAMES);
        }
        return name;
    }

    private List<String> models() {
        var models = new ArrayList<String>();
        request.list("models").ifPresent(list -> {
            for (JsonNode model : list) {
                if (!model.isTextual() || !isModel(model.textValue())) {
                    throw request.wrong("models", "has an entry that is no model's name");
                }
                models.add(model.textValue());
            }
            if (list.isEmpty() || list.size() > MODELS_MAX) {
                throw request.wrong("models", "has to have 1 to " + MODELS_MAX + " names; leave it out for all models");
            }
        });
        return models;
    }

    private static boolean isModel(String name) {
        return !name.isBlank()
                && name.length() <= MODEL_CHARACTERS_MAX
                && name.chars().noneMatch(Character::isISOControl);
    }

    private int integer(String field, int whenAbsent, int min, int max) {
        int value = request.integer(field).orElse(whenAbsent);
        if (value < min || value > max) {
            throw request.wrong(field, "is less than " + min + " or more than " + max);
        }
        return value;
    }

    private long number(String field) {
        Optional<JsonNode> value = request.number(field);
        if (value.isEmpty()) {
            return 0;
        }
        JsonNode number = value.get();
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
            throw request.wrong(field, "is not a whole number from 0 on");
        }
        return number.longValue();
    }

    private Priority priority() {
        return request.text("priority")
                .map(text -> Priority.ofWireName(text)
                        .orElseThrow(() -> request.wrong("priority", "is not one of high, normal and low")))
                .orElse(Priority.NORMAL);
    }

    private Optional<Instant> expires() {
        return request.text("expires").map(text -> {
            try {
                // What no clock of ours will ever show does not fit into milliseconds either.
                return Instant.ofEpochMilli(Instant.parse(text).toEpochMilli());
            } catch (DateTimeException | ArithmeticException e) {
                throw request.wrong("expires", "is not a time such as 2027-01-01T00:00:00Z");
            }
        });
    }
}
