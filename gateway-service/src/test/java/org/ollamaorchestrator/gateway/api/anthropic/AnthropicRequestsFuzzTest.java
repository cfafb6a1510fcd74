package org.ollamaorchestrator.gateway.api.anthropic;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.api.FuzzedRequests;

/** Whatever an Anthropic client sends. */
@NullMarked
class AnthropicRequestsFuzzTest {

    @FuzzTest
    void any_message_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = AnthropicTranslator.translate(json, FuzzedRequests.NO_ALIASES);
        });
    }
}
