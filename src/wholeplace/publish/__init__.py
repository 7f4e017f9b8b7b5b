"""Publishing safely: figures protected by disclosure control, written as static pages, tables and a catalogue."""
