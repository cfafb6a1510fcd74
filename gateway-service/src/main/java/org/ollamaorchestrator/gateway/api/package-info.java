/** What all the public APIs share: reading a request's body, and errors that no dialect has claimed. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
