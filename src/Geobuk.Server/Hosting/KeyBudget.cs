namespace Geobuk.Server.Hosting;

/// <summary>
/// What a key has left: two buckets, of requests and of tokens, that fill up over a minute, and places for requests at the same time.
/// Tokens are taken at the door as predicted (prompt and longest answer) and what was not used is put back.
/// </summary>
internal sealed class KeyBudget(ApiKey key, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _requests = key.RequestsPerMinute ?? 0;
    private double _tokens = key.TokensPerMinute ?? 0;
    private long _since = clock.GetTimestamp();
    private int _running;

    /// <summary>Takes what a request needs, a place for each of its answers; null where it may pass, else what is short and for how many seconds.</summary>
    public (string Limit, int RetryAfter)? TryTake(int tokens, int places = 1)
    {
        lock (_lock)
        {
            Fill();
            if (key.Concurrent is { } most && _running + places > most) return ($"{most} requests at the same time", 1);
            if (key.RequestsPerMinute is { } requests && _requests < 1) return ($"{requests} requests a minute", Seconds(1 - _requests, requests));
            if (key.TokensPerMinute is { } perMinute)
            {
                // Who asks for more than a minute's worth gets it from a full bucket, and waits the longer afterwards.
                var needed = Math.Min(tokens, perMinute);
                if (_tokens < needed) return ($"{perMinute} tokens a minute", Seconds(needed - _tokens, perMinute));
                _tokens -= tokens;
            }
            _requests -= 1;
            _running += places;
            return null;
        }
    }

    /// <summary>The request ended; tokens it did not use come back, and what it used beyond the prediction (negative) is taken.</summary>
    public void Return(int unused, int places = 1)
    {
        lock (_lock)
        {
            _running -= places;
            _tokens += unused;
        }
    }

    private void Fill()
    {
        var minutes = clock.GetElapsedTime(_since).TotalMinutes;
        _since = clock.GetTimestamp();
        if (key.RequestsPerMinute is { } requests) _requests = Math.Min(requests, _requests + minutes * requests);
        if (key.TokensPerMinute is { } tokens) _tokens = Math.Min(tokens, _tokens + minutes * tokens);
    }

    private static int Seconds(double missing, double perMinute) => Math.Max(1, (int)Math.Ceiling(missing / perMinute * 60));
}
