/** The agent beside one Ollama: its process, its configuration, its health, and how its parts are put together. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
