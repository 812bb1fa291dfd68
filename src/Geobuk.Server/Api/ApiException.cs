namespace Geobuk.Server.Api;

/// <summary>A request that cannot be answered; the edge turns it into the error shape of its path.</summary>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>OpenAI's class of the error.</summary>
    public string Type { get; init; } = "invalid_request_error";

    /// <summary>The field of the request that is wrong, if one is.</summary>
    public string? Parameter { get; init; }

    /// <summary>OpenAI's code, if the error has one.</summary>
    public string? Code { get; init; }

    /// <summary>Seconds after which trying again makes sense.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>400: a field has a value that cannot be.</summary>
    public static ApiException Invalid(string? parameter, string message, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message) { Parameter = parameter, Code = code };

    /// <summary>400: a field asks for something this server does not do; answering anyway would mislead.</summary>
    public static ApiException Unsupported(string parameter, string message) => Invalid(parameter, message, "unsupported_parameter");

    /// <summary>404: no model of that name is served.</summary>
    public static ApiException UnknownModel(string model, IEnumerable<string> served) =>
        new(StatusCodes.Status404NotFound, $"The model '{model}' is not served here. Served: {string.Join(", ", served)}.")
        {
            Parameter = "model",
            Code = "model_not_found",
        };

    /// <summary>401: no key, or one that is not in the file.</summary>
    public static ApiException Unauthorized(bool presented) =>
        new(StatusCodes.Status401Unauthorized, presented
            ? "The API key is not known here. Ask who runs this server for one."
            : "No API key was given. Send it as 'Authorization: Bearer KEY'.")
        { Code = "invalid_api_key" };

    /// <summary>403: the key's role does not allow it.</summary>
    public static ApiException Forbidden(string what) =>
        new(StatusCodes.Status403Forbidden, $"This API key may not {what}. Ask who runs this server for one that may.") { Type = "permission_error", Code = "role_not_allowed" };

    /// <summary>429: the key has used up what it may.</summary>
    public static ApiException LimitReached(string limit, int retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, $"This API key may have {limit}. Try again in {retryAfter} s.")
        {
            Type = "rate_limit_error",
            Code = "rate_limit_exceeded",
            RetryAfter = retryAfter,
        };

    /// <summary>429: the queue of the model is full.</summary>
    public static ApiException QueueFull(int waiting, int retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, $"{waiting} requests are waiting already. Try again in {retryAfter} s.")
        {
            Type = "rate_limit_error",
            Code = "queue_full",
            RetryAfter = retryAfter,
        };

    /// <summary>503: the server is stopping.</summary>
    public static ApiException Stopping() =>
        new(StatusCodes.Status503ServiceUnavailable, "The server is shutting down. Try again in a while.")
        {
            Type = "server_error",
            Code = "shutting_down",
            RetryAfter = 10,
        };

    /// <summary>503: the server stopped before the answer was done.</summary>
    public static ApiException CutOff(TimeSpan grace) =>
        new(StatusCodes.Status503ServiceUnavailable, $"The server stopped, and this answer was not done within the {grace.TotalSeconds:0} s that it waits. Ask again in a while.")
        {
            Type = "server_error",
            Code = "shutting_down",
            RetryAfter = 10,
        };

    /// <summary>504: the request ran into the server's time limit.</summary>
    public static ApiException TimedOut(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, $"The request took longer than the {limit.TotalSeconds:0} s this server allows. Ask for fewer tokens.")
        {
            Type = "server_error",
            Code = "timeout",
        };

    /// <summary>500: a fault of the server; what exactly stands in its log and not here.</summary>
    public static ApiException Fault() =>
        new(StatusCodes.Status500InternalServerError, "The server failed on this request. Its log says why.")
        {
            Type = "server_error",
            Code = "internal_error",
        };
}
