package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.StringJoiner;
import org.ollamaorchestrator.gateway.api.RequestObject;

/**
 * A message's content as Ollama takes it: one text, its parts joined by line breaks, and images beside it.
 *
 * @param images as base64
 */
record ContentParts(String text, ArrayNode images) {

    private static final String BASE64 = ";base64,";

    /** @throws org.ollamaorchestrator.gateway.api.ClientErrorException if it is neither a text nor a list of parts */
    static ContentParts of(RequestObject message, String name) {
        ArrayNode images = JsonNodeFactory.instance.arrayNode();
        JsonNode content = message.requiredAny(name);
        if (content.isTextual()) {
            return new ContentParts(content.textValue(), images);
        }
        if (!content.isArray()) {
            throw message.wrong(name, "is neither a text nor a list of parts");
        }
        var text = new StringJoiner("\n");
        for (RequestObject part : message.objects(name)) {
            String type = part.requiredText("type");
            switch (type) {
                case "text", "input_text", "output_text" -> text.add(part.requiredText("text"));
                case "refusal" -> text.add(part.requiredText("refusal"));
                case "image_url", "input_image" -> images.add(image(part));
                default -> throw part.wrong("type", "is not supported: only texts and images are");
            }
        }
        return new ContentParts(text.toString(), images);
    }

    private static String image(RequestObject part) {
        JsonNode image = part.requiredAny("image_url");
        return image.isObject() ? base64(part.requiredObject("image_url"), "url") : base64(part, "image_url");
    }

    /** The gateway fetches nothing for its clients. */
    private static String base64(RequestObject object, String name) {
        String url = object.requiredText(name);
        int data = url.indexOf(BASE64);
        if (!url.startsWith("data:") || data < 0) {
            throw object.wrong(name, "is not a data: URL with base64; this gateway fetches no images");
        }
        return url.substring(data + BASE64.length());
    }
}
