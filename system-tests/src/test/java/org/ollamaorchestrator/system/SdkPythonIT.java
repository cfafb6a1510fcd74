package org.ollamaorchestrator.system;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The SDKs for Python, as their users call them. */
@SystemTest
class SdkPythonIT {
    private static final String OPENAI = "python/openai_sdk.py";
    private static final String ANTHROPIC = "python/anthropic_sdk.py";
    private static final String OLLAMA = "python/ollama_sdk.py";

    private final SdkScripts scripts = new SdkScripts(
            SdkTools.python("openai", "anthropic", "ollama"),
            Map.of("PYTHONUNBUFFERED", "1", "PYTHONDONTWRITEBYTECODE", "1"));

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
                            "thinking",
                            "tools",
                            "tools stream",
                            "structured output",
                            "completion",
                            "completion stream",
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
                            "generate stream",
                            "pull, copy and delete",
                            "thinking",
                            "tools",
                            "structured output",
                            "embeddings",
                            "models",
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
                            "response stream",
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
    }
}
