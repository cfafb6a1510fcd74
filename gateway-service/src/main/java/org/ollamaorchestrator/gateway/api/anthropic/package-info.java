/** Anthropic's API: POST /v1/messages and POST /v1/messages/count_tokens. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.anthropic;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
