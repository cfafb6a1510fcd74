/** The one endpoint in front of the fleet: its start, its configuration and its health. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
