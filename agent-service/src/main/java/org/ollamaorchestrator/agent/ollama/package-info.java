/** Ollama's own API, as far as the agent uses it. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent.ollama;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
