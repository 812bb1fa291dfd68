namespace Geobuk.Server.Hosting;

/// <summary>Everything the server logs. Never a prompt, an answer, a key, or a path as a client wrote it.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "serving {Model}: {Parameters} parameters, context {Context}, kernels {Kernels}, loaded in {Seconds:0.00} s")]
    public static partial void Serving(ILogger logger, string model, long parameters, int context, string kernels, double seconds);

    [LoggerMessage(2, LogLevel.Information, "listening on {Url}")]
    public static partial void Listening(ILogger logger, string url);

    [LoggerMessage(3, LogLevel.Warning, "reachable from other machines without an API key; give --api-keys FILE, or listen on 127.0.0.1")]
    public static partial void OpenToAll(ILogger logger);

    [LoggerMessage(4, LogLevel.Warning, "{Model}: chat is off: {Problem}")]
    public static partial void NoChat(ILogger logger, string model, string problem);

    [LoggerMessage(5, LogLevel.Information, "{Method} {Route} {Status} in {Milliseconds:0} ms [{Request}]")]
    public static partial void Answered(ILogger logger, string method, string route, int status, double milliseconds, string request);

    [LoggerMessage(6, LogLevel.Information, "{Model}: {Outcome}, {PromptTokens} tokens read, {Generated} written, first after {FirstSeconds:0.00} s, all in {Seconds:0.00} s")]
    public static partial void GenerationEnded(ILogger logger, string model, string outcome, int promptTokens, int generated, double firstSeconds, double seconds);

    [LoggerMessage(7, LogLevel.Error, "{Route} failed [{Request}]")]
    public static partial void Failed(ILogger logger, Exception exception, string route, string request);

    [LoggerMessage(8, LogLevel.Information, "stopping; running answers may take {Seconds:0} s more")]
    public static partial void Stopping(ILogger logger, double seconds);

    [LoggerMessage(9, LogLevel.Information, "page: {Url} (sign in with a key: the operator's is in {File}, geobuk compute grant makes others)")]
    public static partial void Page(ILogger logger, string url, string file);

    [LoggerMessage(10, LogLevel.Warning, "keys travel unencrypted to other machines; give --tls-cert, or listen on 127.0.0.1 behind a proxy with TLS")]
    public static partial void Unencrypted(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "{Text}")]
    public static partial void Changed(ILogger logger, string text);
}
