package org.ollamaorchestrator.system;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The SDKs for JavaScript, as their users call them. */
@SystemTest
class SdkNodeIT {
    private static final String OPENAI = "node/openai_sdk.cjs";
    private static final String ANTHROPIC = "node/anthropic_sdk.cjs";
    private static final String OLLAMA = "node/ollama_sdk.cjs";
    private static final String AI = "node/ai_sdk.cjs";

    private final SdkScripts scripts = new SdkScripts(
            "node",
            Map.of(
                    "MODULES",
                    SdkTools.nodeModules(
                                    "openai", "@anthropic-ai/sdk", "ollama", "ai", "@ai-sdk/openai-compatible", "zod")
                            .toString()));

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnTheSimulator {
        @AutoClose
        private final SdkSimulated simulated = new SdkSimulated();

        @Test
        void openai() {
            scripts.runSimulated(
                    OPENAI,
                    simulated,
                    SdkScripts.and(
                            SdkScripts.BROKEN,
                            "chat",
                            "chat stream",
                            "chat stream helper",
                            "tools",
                            "tools stream",
                            "structured output",
                            "completion",
                            "embeddings",
                            "models",
                            "response",
                            "response stream",
                            "response tools",
                            "response structured output",
                            "unknown model",
                            "wrong field",
                            "Ollama's error"));
        }

        @Test
        void anthropic() {
            scripts.runSimulated(
                    ANTHROPIC,
                    simulated,
                    SdkScripts.and(
                            SdkScripts.BROKEN,
                            "chat",
                            "chat stream",
                            "chat stream helper",
                            "thinking",
                            "tools",
                            "tools stream",
                            "structured output",
                            "count tokens",
                            "models",
                            "unknown model",
                            "wrong field",
                            "Ollama's error"));
        }

        @Test
        void ollama() {
            scripts.runSimulated(
                    OLLAMA,
                    simulated,
                    SdkScripts.and(
                            SdkScripts.BROKEN,
                            "chat",
                            "chat stream",
                            "generate",
                            "thinking",
                            "tools",
                            "structured output",
                            "embeddings",
                            "models",
                            "unknown model",
                            "wrong field",
                            "Ollama's error"));
        }

        @Test
        void ai() {
            scripts.runSimulated(
                    AI,
                    simulated,
                    SdkScripts.and(
                            SdkScripts.BROKEN,
                            "chat",
                            "chat stream",
                            "thinking",
                            "tools",
                            "tools stream",
                            "structured output",
                            "embeddings",
                            "unknown model",
                            "wrong field",
                            "Ollama's error"));
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnRealOllama {
        @AutoClose
        private final SdkReal real = new SdkReal();

        @Test
        void openai() {
            scripts.runReal(
                    OPENAI,
                    real,
                    List.of(
                            "chat",
                            "chat stream",
                            "tools",
                            "structured output",
                            "embeddings",
                            "models",
                            "unknown model",
                            "wrong field"));
        }

        @Test
        void anthropic() {
            scripts.runReal(
                    ANTHROPIC,
                    real,
                    List.of(
                            "chat",
                            "chat stream",
                            "tools",
                            "structured output",
                            "count tokens",
                            "models",
                            "unknown model",
                            "wrong field"));
        }

        @Test
        void ollama() {
            scripts.runReal(
                    OLLAMA,
                    real,
                    List.of(
                            "chat",
                            "chat stream",
                            "tools",
                            "structured output",
                            "embeddings",
                            "models",
                            "unknown model",
                            "wrong field"));
        }

        @Test
        void ai() {
            scripts.runReal(
                    AI,
                    real,
                    List.of(
                            "chat",
                            "chat stream",
                            "tools",
                            "structured output",
                            "embeddings",
                            "unknown model",
                            "wrong field"));
        }
    }
}
