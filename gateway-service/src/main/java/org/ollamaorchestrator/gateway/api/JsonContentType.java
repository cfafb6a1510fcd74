package org.ollamaorchestrator.gateway.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.NotSupportedException;
import java.util.Locale;

/** Takes JSON, and what does not say what it is. */
public final class JsonContentType {

    private JsonContentType() {}

    /** @throws NotSupportedException which becomes a 415 */
    public static void require(RoutingContext context) {
        String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && !isJson(type.strip().toLowerCase(Locale.ROOT))) {
            throw new NotSupportedException("the Content-Type of the request is not application/json");
        }
    }

    private static boolean isJson(String type) {
        String media = type.contains(";") ? type.substring(0, type.indexOf(';')).strip() : type;
        return "application/json".equals(media) || media.endsWith("+json");
    }
}
