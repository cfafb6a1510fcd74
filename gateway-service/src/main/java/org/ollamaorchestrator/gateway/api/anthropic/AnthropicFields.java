package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.FieldClasses.Refusal;

/**
 * What becomes of each field of a request. {@code docs/anthropic.md} has the same three classes with a sentence for each
 * field. A field of a content block is written {@code [type].field}, one of a list's members like one of an object.
 */
final class AnthropicFields {

    static final FieldClasses CLASSES = new FieldClasses(
            Set.of(
                    "model",
                    "max_tokens",
                    "messages",
                    "messages.role",
                    "messages.content",
                    "[text].text",
                    "[image].source",
                    "[image].source.type",
                    "[image].source.data",
                    "[tool_use].id",
                    "[tool_use].name",
                    "[tool_use].input",
                    "[tool_result].tool_use_id",
                    "[tool_result].content",
                    "[tool_result].is_error",
                    "[thinking].thinking",
                    "system",
                    "stream",
                    "stop_sequences",
                    "temperature",
                    "top_p",
                    "top_k",
                    "tools",
                    "tools.type",
                    "tools.name",
                    "tools.description",
                    "tools.input_schema",
                    "tool_choice",
                    "tool_choice.type",
                    "thinking",
                    "thinking.type",
                    "output_config",
                    "output_config.effort",
                    "output_config.format",
                    "output_format",
                    "options",
                    "keep_alive",
                    "think"),
            Set.of(
                    "metadata",
                    "service_tier",
                    "cache_control",
                    "context_management",
                    "inference_geo",
                    "diagnostics",
                    "fallbacks",
                    "speed",
                    "[text].citations",
                    "[image].source.media_type",
                    "[thinking].signature",
                    "[redacted_thinking].data",
                    "tools.strict",
                    "tools.defer_loading",
                    "tools.eager_input_streaming",
                    "tools.input_examples",
                    "tools.allowed_callers",
                    "tool_choice.disable_parallel_tool_use",
                    "thinking.budget_tokens",
                    "thinking.display",
                    "output_config.task_budget"),
            Map.of(
                    "mcp_servers", Refusal.UNLESS_EMPTY.because("this gateway calls no servers for a request"),
                    "container", Refusal.ALWAYS.because("this gateway runs no code for a request"),
                    "thread", Refusal.ALWAYS.because("this gateway keeps no conversations")));

    /** Said with every such block, and nothing that a client would miss. */
    private static final Set<String> NOT_WORTH_A_WORD =
            Set.of("[image].source.media_type", "[thinking].signature", "[redacted_thinking].data");

    /** May stand anywhere. */
    private static final String CACHE_CONTROL = "cache_control";

    /** How the name of that field ends that says which block it is. */
    private static final String TYPE_OF_BLOCK = "].type";

    private AnthropicFields() {}

    /**
     * Adds the fields of an object that have no effect.
     *
     * @param prefix what stands before a field's name in the three classes
     */
    static void addIgnored(ObjectNode object, String prefix, Collection<String> ignored) {
        CLASSES.ignoredIn(object, name -> name.equals(CACHE_CONTROL) ? name : prefix + name).stream()
                .filter(field -> !field.endsWith(TYPE_OF_BLOCK) && !NOT_WORTH_A_WORD.contains(field))
                .forEach(ignored::add);
    }
}
