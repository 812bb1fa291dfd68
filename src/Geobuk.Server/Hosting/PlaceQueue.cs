namespace Geobuk.Server.Hosting;

/// <summary>So many places at once; who finds none waits, first come, first served.</summary>
internal sealed class PlaceQueue(int places)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<QueuedPlace> _waiting = [];
    private int _running;

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
            if (!_waiting.Remove(place)) _running--;
            Advance();
        }
    }

    private void Advance()
    {
        while (_running < places && _waiting.First is { Value: var next })
        {
            _waiting.RemoveFirst();
            _running++;
            next.Begin();
        }
    }
}
