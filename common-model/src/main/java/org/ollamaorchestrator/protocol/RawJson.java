package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The text of one JSON object that travels inside a message as it is. Who makes one vouches that the text is one valid
 * object: it is written to the wire unchecked.
 */
public record RawJson(@JsonValue @JsonRawValue String text) {

    @JsonCreator(mode = DELEGATING)
    public static RawJson of(ObjectNode object) {
        return new RawJson(object.toString());
    }
}
