/** What the gateway keeps on disk, if its owner wants that: keys, usage, and who did what. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.store;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
