/** Who may connect, and from where. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.security;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
