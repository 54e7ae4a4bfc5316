import '@kern-ux/native/dist/fonts/fira-sans.css';
import './style/index.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { keepFocus } from './focus';
import { begin, store } from './state.svelte';
import { learnShipped } from './views/views.svelte';

begin();
keepFocus();
void learnShipped();
mount(App, { target: document.getElementById('app')! });
// For support and tests: what an open page holds, to compare it with a fresh one. Its reader sees all of it anyway.
Object.assign(window, { lagebild: { held: () => store.held() } });
