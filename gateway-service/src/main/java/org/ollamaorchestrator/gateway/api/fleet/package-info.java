/** What people and scripts can ask about the fleet. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.fleet;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
