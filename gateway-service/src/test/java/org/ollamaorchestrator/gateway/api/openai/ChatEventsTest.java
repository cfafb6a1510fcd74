package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class ChatEventsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {" word", "\"quoted\"", "back\\slash", "line\nbreak\r\n", "\u0001\u001f", "é漢😀", "</script>"})
    void a_token_in_mid_stream_is_the_same_text_as_in_a_tree(String text) throws Exception {
        JsonNode tree = JsonNodeFactory.instance
                .objectNode()
                .put("index", 0)
                .<ObjectNode>set("delta", JsonNodeFactory.instance.objectNode().put("content", text))
                .putNull("finish_reason");

        for (boolean includeUsage : List.of(false, true)) {
            String event = second(text, includeUsage);

            assertThat(event).startsWith("data: {").endsWith("}\n\n").contains("\"choices\":[" + tree + "]");
            JsonNode chunk = JSON.readTree(event.substring("data: ".length()));
            assertThat(chunk.at("/choices/0/delta/content").textValue()).isEqualTo(text);
            assertThat(chunk.has("usage")).isEqualTo(includeUsage);
        }
    }

    /** The first one has the role as well, and is written as a tree. */
    private static String second(String text, boolean includeUsage) {
        var events = new ChatEvents(new AnswerHead("key", Instant.EPOCH, "tiny"), new ChatForm(includeUsage, false));
        assertThat(events.events(List.of(line("first")))).isNotEmpty();
        return new String(events.events(List.of(line(text))), UTF_8);
    }

    private static String line(String text) {
        return JsonNodeFactory.instance
                .objectNode()
                .<ObjectNode>set(
                        "message",
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("role", "assistant")
                                .put("content", text))
                .put("done", false)
                .toString();
    }
}
