package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** The plain error of the gateway's own API: {@code {"error":"…"}}. */
public final class ErrorBody {

    private ErrorBody() {}

    public static String json(String error) {
        return JsonNodeFactory.instance.objectNode().put("error", error).toString();
    }
}
