/** The packaged services as processes, driven by real clients: a gateway, its agents, and an Ollama for each. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.system;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
