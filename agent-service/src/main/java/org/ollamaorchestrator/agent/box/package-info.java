/** The machine that the agent's Ollama runs on: what room for models it has, which Ollama does not tell. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent.box;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
