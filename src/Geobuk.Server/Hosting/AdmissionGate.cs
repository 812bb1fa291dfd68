using System.Diagnostics;
using System.Threading.RateLimiting;

namespace Geobuk.Server.Hosting;

/// <summary>Lets a bounded number of requests compute, a bounded number wait in order, and turns the rest away at once.</summary>
internal sealed class AdmissionGate(int parallel, int queueLimit) : IDisposable
{
    private const double Smoothing = 0.2;
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = parallel,
        QueueLimit = queueLimit,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
    private readonly Lock _lock = new();
    private double _meanSeconds = 1;
    private int _running;

    /// <summary>Requests that compute now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Requests that wait now.</summary>
    public int Waiting => (int)(_limiter.GetStatistics()?.CurrentQueuedCount ?? 0);

    /// <summary>Waits for a place; null means that the queue is full. Dispose the place to give it back.</summary>
    public async ValueTask<Place?> EnterAsync(CancellationToken cancellationToken)
    {
        var lease = await _limiter.AcquireAsync(1, cancellationToken);
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            return null;
        }
        Interlocked.Increment(ref _running);
        return new Place(this, lease);
    }

    /// <summary>Seconds until a place in the queue should be free: how long a request took lately, spread over the places.</summary>
    public int RetryAfter()
    {
        lock (_lock) return Math.Clamp((int)Math.Ceiling(_meanSeconds * (Waiting + 1) / parallel), 1, 120);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private void Leave(TimeSpan took)
    {
        Interlocked.Decrement(ref _running);
        lock (_lock) _meanSeconds += Smoothing * (took.TotalSeconds - _meanSeconds);
    }

    /// <summary>The right to compute.</summary>
    internal sealed class Place(AdmissionGate gate, RateLimitLease lease) : IDisposable
    {
        private readonly long _since = Stopwatch.GetTimestamp();

        /// <inheritdoc/>
        public void Dispose()
        {
            gate.Leave(Stopwatch.GetElapsedTime(_since));
            lease.Dispose();
        }
    }
}
