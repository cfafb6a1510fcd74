/** Jobs: each one of the gateway's requests, carried to Ollama and its lines carried back. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent.bridge;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
