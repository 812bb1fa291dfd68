namespace Geobuk.Server.Hosting;

/// <summary>So many places at once; who finds none waits, first come, first served. It learns how long a place is held.</summary>
internal sealed class PlaceQueue(int places, TimeProvider clock)
{
    private const double Smoothing = 0.2;
    private readonly Lock _lock = new();
    private readonly LinkedList<QueuedPlace> _waiting = [];
    private int _running;
    private double _meanSeconds = 1;

    /// <summary>Places that are taken.</summary>
    public int Running { get { lock (_lock) return _running; } }

    /// <summary>Who waits for one.</summary>
    public int Waiting { get { lock (_lock) return _waiting.Count; } }

    /// <summary>A place, or one to come; null where so many wait already.</summary>
    public QueuedPlace? TryEnter(int mostWaiting = int.MaxValue)
    {
        lock (_lock)
        {
            if (_running == places && _waiting.Count >= mostWaiting) return null;
            var place = new QueuedPlace(this);
            _waiting.AddLast(place);
            Advance();
            return place;
        }
    }

    /// <summary>Seconds until a place comes free, as places were held so far.</summary>
    public double PlaceSeconds { get { lock (_lock) return _running < places ? 0 : _meanSeconds / places; } }

    /// <summary>Seconds until who comes now has a place.</summary>
    public double PredictedWait => PlaceSeconds * (Waiting + 1);

    /// <summary>1 for who comes next; 0 for who waits no more.</summary>
    internal int PositionOf(QueuedPlace place)
    {
        lock (_lock)
        {
            var position = 1;
            foreach (var other in _waiting)
            {
                if (other == place) return position;
                position++;
            }
            return 0;
        }
    }

    /// <summary>Frees a place, or leaves the queue.</summary>
    internal void Leave(QueuedPlace place)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(place))
            {
                _running--;
                _meanSeconds += Smoothing * (clock.GetElapsedTime(place.Since).TotalSeconds - _meanSeconds);
            }
            Advance();
        }
    }

    private void Advance()
    {
        while (_running < places && _waiting.First is { Value: var next })
        {
            _waiting.RemoveFirst();
            _running++;
            next.Begin(clock.GetTimestamp());
        }
    }
}
