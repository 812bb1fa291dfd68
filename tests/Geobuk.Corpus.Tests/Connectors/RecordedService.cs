using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Geobuk.Corpus.Tests.Connectors;

/// <summary>A service on the loopback that answers as a public one does.</summary>
internal sealed class RecordedService : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<Uri, (int Status, string Body)> _answer;

    public RecordedService(Func<Uri, (int Status, string Body)> answer)
    {
        _answer = answer;
        (_listener, Address) = Listen();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>Path and query of every request.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Seconds for Retry-After on answers that are refused.</summary>
    public int? RetryAfter { get; init; }

    public void Dispose() => _listener.Close();

    private static (HttpListener Listener, Uri Address) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            var socket = new TcpListener(IPAddress.Loopback, 0);
            socket.Start();
            var address = new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}/");
            socket.Stop();
            var listener = new HttpListener { Prefixes = { address.AbsoluteUri } };
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // Somebody else took the port meanwhile.
            }
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                var url = context.Request.Url!;
                Requests.Enqueue(Uri.UnescapeDataString(url.PathAndQuery));
                var (status, body) = _answer(url);
                context.Response.StatusCode = status;
                if (status != 200 && RetryAfter is { } seconds) context.Response.Headers["Retry-After"] = $"{seconds}";
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }
}
