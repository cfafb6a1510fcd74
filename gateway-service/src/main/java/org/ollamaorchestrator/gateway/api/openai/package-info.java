/** OpenAI's API under /v1: chat completions, completions, embeddings, models and responses. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.openai;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
