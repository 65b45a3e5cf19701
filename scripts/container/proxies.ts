/** The proxies that programs are told of, by the names that they look for. */
export const proxyVariables = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => /^(https?|ftp|no|all)_proxy$/i.test(name)) as [string, string][],
  )
