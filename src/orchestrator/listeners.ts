/** Who wants to be told of something that happens in this process. */
export interface Listeners<T> {
  readonly tell: (news: T) => void;
  /** Gives the function that ends it. */
  readonly add: (callback: (news: T) => void) => () => void;
}

export function createListeners<T>(): Listeners<T> {
  const callbacks = new Set<(news: T) => void>();
  return {
    tell(news) {
      for (const callback of callbacks) callback(news);
    },
    add(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}
