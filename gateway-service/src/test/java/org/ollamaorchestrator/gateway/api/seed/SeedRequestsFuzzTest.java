package org.ollamaorchestrator.gateway.api.seed;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.api.FuzzedRequests;

/** Whatever a client of the seed sends. */
@NullMarked
class SeedRequestsFuzzTest {

    @FuzzTest
    void any_chat_is_translated_or_refused(byte[] body) {
        FuzzedRequests.translatedOrRefused(body, json -> {
            var ignored = SeedTranslator.translate(json, FuzzedRequests.NO_ALIASES);
        });
    }
}
