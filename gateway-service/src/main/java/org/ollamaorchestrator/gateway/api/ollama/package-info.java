/** Ollama's own API: requests and lines pass through untouched, the listings are the fleet's. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.ollama;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
