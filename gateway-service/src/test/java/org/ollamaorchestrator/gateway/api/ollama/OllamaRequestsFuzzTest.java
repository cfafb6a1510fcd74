package org.ollamaorchestrator.gateway.api.ollama;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.api.FuzzedRequests;
import org.ollamaorchestrator.protocol.Operation;

/** Whatever an Ollama client sends. */
@NullMarked
class OllamaRequestsFuzzTest {

    @FuzzTest
    void any_chat_is_passed_on_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = new OllamaRequests(FuzzedRequests.NO_ALIASES).answering(Operation.CHAT, json);
        });
    }

    @FuzzTest
    void any_generate_is_passed_on_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = new OllamaRequests(FuzzedRequests.NO_ALIASES).answering(Operation.GENERATE, json);
        });
    }
}
