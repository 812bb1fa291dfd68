using System.Net;
using Geobuk.Models;

namespace Geobuk.Corpus.Connectors;

/// <summary>GET with patience: waits and asks again where the server says "too many" or stumbles, and never shows the key.</summary>
internal sealed class ApiClient : IDisposable
{
    private const int Attempts = 8;
    private const long LargestAnswer = 64L << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private readonly HttpClient _http;
    private readonly FetchOptions _options;

    public ApiClient(FetchOptions options)
    {
        _options = options;
        // An answer that sends us elsewhere is no answer: the key must not travel.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All, ConnectTimeout = TimeSpan.FromSeconds(30) };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2), MaxResponseContentBufferSize = LargestAnswer };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("geobuk-corpus-fetch/1.0");
    }

    /// <summary>The body of the answer.</summary>
    /// <param name="path">Below the service's address.</param>
    /// <param name="parameters">In the order of the address; the key is added to them.</param>
    /// <param name="cancellation">Stops the waiting too.</param>
    /// <exception cref="UserInputException">No answer after all attempts, or one that asking again does not mend.</exception>
    public async Task<byte[]> GetAsync(string path, IReadOnlyList<(string Name, string Value)> parameters, CancellationToken cancellation)
    {
        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
        var shown = $"{_options.Address.AbsoluteUri.TrimEnd('/')}/{path}?{query}";
        var address = new Uri($"{shown}&{_options.KeyName}={Uri.EscapeDataString(_options.Key)}");
        var trouble = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0) _options.Waiting?.Invoke(trouble);
            TimeSpan? asked = null;
            try
            {
                using var answer = await _http.GetAsync(address, cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode) return await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
                trouble = $"{(int)answer.StatusCode} {answer.ReasonPhrase}";
                if (answer.StatusCode is not HttpStatusCode.TooManyRequests and not HttpStatusCode.RequestTimeout && (int)answer.StatusCode < 500)
                    throw new UserInputException($"{shown}: answered {trouble}; expected 200. {(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? $"Check the key in {_options.KeyVariable}." : "Check the address.")}");
                asked = answer.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : (TimeSpan?)null) : null;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                trouble = e is TaskCanceledException ? "no answer in time" : e.Message;
            }
            if (attempt + 1 < Attempts) await Task.Delay(Wait(attempt, asked), cancellation).ConfigureAwait(false);
        }
        throw new UserInputException($"{shown}: {trouble}, {Attempts} times; expected an answer. Run the same command later: what is there already is not fetched again.");
    }

    public void Dispose() => _http.Dispose();

    // Twice as long each time; longer where the server asks for it.
    private TimeSpan Wait(int attempt, TimeSpan? asked)
    {
        var wait = _options.FirstWait * (1 << attempt);
        if (asked > wait) wait = asked.Value;
        return wait < LongestWait ? wait : LongestWait;
    }
}
