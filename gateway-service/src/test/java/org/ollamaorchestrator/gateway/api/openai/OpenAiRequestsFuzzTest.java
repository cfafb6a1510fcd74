package org.ollamaorchestrator.gateway.api.openai;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.api.FuzzedRequests;

/** Whatever an OpenAI client sends. */
@NullMarked
class OpenAiRequestsFuzzTest {

    @FuzzTest
    void any_chat_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = ChatTranslator.translate(json).job(FuzzedRequests.NO_ALIASES);
        });
    }

    @FuzzTest
    void any_completion_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = CompletionTranslator.translate(json).job(FuzzedRequests.NO_ALIASES);
        });
    }

    @FuzzTest
    void any_embedding_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = EmbeddingsTranslator.translate(json).job(FuzzedRequests.NO_ALIASES);
        });
    }

    @FuzzTest
    void any_response_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = ResponsesTranslator.translate(json).job(FuzzedRequests.NO_ALIASES);
        });
    }
}
