/** How many connections there may be, and how long one may be without asking for anything. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.connections;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
