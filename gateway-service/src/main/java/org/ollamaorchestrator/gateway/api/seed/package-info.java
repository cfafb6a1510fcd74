/** The seed's own API: POST /api/chat/completions. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.seed;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
